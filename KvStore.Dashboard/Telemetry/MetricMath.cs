namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// Makes lines of cumulative points. What a series grew between two exports is spread evenly over the time between them, so that steps
/// need not be as long as exports are apart. A counter that restarted has grown by what it shows.
/// </summary>
internal static class MetricMath
{
    /// <summary>The series' values at the end of each step, put together; null where none has one.</summary>
    /// <param name="series">The points of each, oldest first.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="exportInterval">How far exports are apart: a series that missed two has no value any more.</param>
    /// <param name="combine">How.</param>
    public static double?[] Values(IReadOnlyList<MetricPoint[]> series, MetricSteps steps, TimeSpan exportInterval, Combine combine)
    {
        var values = new double?[steps.Count];
        var counts = new int[steps.Count];
        var graceTicks = steps.Length + (2 * exportInterval.Ticks);
        foreach (var points in series)
        {
            var next = 0;
            for (var step = 0; step < steps.Count; step++)
            {
                while (next < points.Length && points[next].From <= steps.End(step))
                {
                    next++;
                }

                if (next == 0 || (next == points.Length && steps.End(step) > points[^1].To + graceTicks))
                {
                    continue;
                }

                var point = points[next - 1];
                double value = point.Buckets is null ? point.Value : point.Count;
                counts[step]++;
                values[step] = values[step] is not { } other ? value : combine switch
                {
                    Combine.Max => Math.Max(other, value),
                    Combine.Min => Math.Min(other, value),
                    _ => other + value,
                };
            }
        }

        if (combine == Combine.Average)
        {
            for (var step = 0; step < steps.Count; step++)
            {
                values[step] /= Math.Max(1, counts[step]);
            }
        }

        return values;
    }

    /// <summary>Growth per second, of a histogram's count or of a counter's value, summed over the series; null where nothing is known of any.</summary>
    public static double?[] Rate(IReadOnlyList<MetricPoint[]> series, MetricSteps steps)
    {
        var rates = new double?[steps.Count];
        foreach (var points in series)
        {
            var grown = new double[steps.Count];
            var ticks = new double[steps.Count];
            foreach (var (from, to, before, after) in Segments(points))
            {
                steps.Spread(from, to, to - from, (step, part) => ticks[step] += part);
                var growth = after.Buckets is null ? after.Value - (before?.Value ?? 0) : after.Count - (before?.Count ?? 0);
                if (growth > 0)
                {
                    steps.Spread(from, to, growth, (step, part) => grown[step] += part);
                }
            }

            for (var step = 0; step < steps.Count; step++)
            {
                if (ticks[step] > 0)
                {
                    rates[step] = (rates[step] ?? 0) + (grown[step] / (ticks[step] / TimeSpan.TicksPerSecond));
                }
            }
        }

        return rates;
    }

    /// <summary>What was measured in each step, by bucket, over all series.</summary>
    public static double[][] BucketIncreases(IReadOnlyList<MetricPoint[]> series, int buckets, MetricSteps steps)
    {
        var increases = new double[steps.Count][];
        for (var step = 0; step < steps.Count; step++)
        {
            increases[step] = new double[buckets];
        }

        foreach (var points in series)
        {
            foreach (var (from, to, before, after) in Segments(points))
            {
                for (var bucket = 0; bucket < buckets && !ReferenceEquals(before?.Buckets, after.Buckets); bucket++)
                {
                    var growth = after.Buckets![bucket] - (before?.Buckets![bucket] ?? 0);
                    if (growth > 0)
                    {
                        var index = bucket;
                        steps.Spread(from, to, growth, (step, part) => increases[step][index] += part);
                    }
                }
            }
        }

        return increases;
    }

    /// <summary>The average of what histograms measured in each step; null where nothing was.</summary>
    public static double?[] Mean(IReadOnlyList<MetricPoint[]> series, MetricSteps steps)
    {
        var sums = new double[steps.Count];
        var counts = new double[steps.Count];
        foreach (var points in series)
        {
            foreach (var (from, to, before, after) in Segments(points))
            {
                var count = after.Count - (before?.Count ?? 0);
                if (count > 0)
                {
                    steps.Spread(from, to, count, (step, part) => counts[step] += part);
                    steps.Spread(from, to, after.Value - (before?.Value ?? 0), (step, part) => sums[step] += part);
                }
            }
        }

        return [.. sums.Select((sum, step) => counts[step] > 0 ? sum / counts[step] : (double?)null)];
    }

    // The times in which something is known of a series: while a point lasts, and from each to the next. Before is null after a reset.
    private static IEnumerable<(long From, long To, MetricPoint? Before, MetricPoint After)> Segments(MetricPoint[] points)
    {
        for (var i = 0; i < points.Length; i++)
        {
            var point = points[i];
            if (i > 0)
            {
                var before = points[i - 1];
                if (IsReset(before, point))
                {
                    yield return (Math.Clamp(point.Start, before.To, point.From), point.From, null, point);
                }
                else
                {
                    yield return (before.To, point.From, before, point);
                }
            }

            if (point.To > point.From)
            {
                yield return (point.From, point.To, point, point);
            }
        }
    }

    private static bool IsReset(MetricPoint before, MetricPoint after)
    {
        if (after.Start > before.To)
        {
            return true;
        }

        if (before.Buckets is null || after.Buckets is null)
        {
            return after.Value < before.Value;
        }

        for (var i = 0; i < after.Buckets.Length; i++)
        {
            if (after.Buckets[i] < before.Buckets[i])
            {
                return true;
            }
        }

        return false;
    }
}

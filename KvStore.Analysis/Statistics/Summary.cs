namespace KvStore.Analysis.Statistics;

/// <summary>What a sample says of the distribution that it comes from.</summary>
/// <param name="Count">How many values.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Median">Their 50th percentile.</param>
/// <param name="P95">Their 95th percentile.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="StandardDeviation">Of the population, estimated from the sample (divided by n − 1); null for a single value.</param>
internal sealed record Summary(int Count, double Mean, double Median, double P95, double P99, double Min, double Max, double? StandardDeviation)
{
    /// <summary>The standard error of the mean: the standard deviation over √n. Null for a single value.</summary>
    public double? StandardError => StandardDeviation / Math.Sqrt(Count);

    /// <summary>Summarizes values.</summary>
    /// <returns>Null when there are none.</returns>
    public static Summary? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        var mean = sorted.Average();
        double? deviation = sorted.Length > 1 ? Math.Sqrt(sorted.Sum(value => (value - mean) * (value - mean)) / (sorted.Length - 1)) : null;
        return new Summary(
            sorted.Length, mean, Percentile(sorted, 0.5), Percentile(sorted, 0.95), Percentile(sorted, 0.99), sorted[0], sorted[^1], deviation);
    }

    /// <summary>The nearest-rank percentile: the smallest value that at least this share of the values does not exceed.</summary>
    /// <param name="sorted">At least one value, ascending.</param>
    /// <param name="share">Above 0, up to 1.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double share)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);

        // 0.95 · 100 is a little more than 95 in binary.
        return sorted[(int)Math.Ceiling((share * sorted.Count) - 1e-9) - 1];
    }
}

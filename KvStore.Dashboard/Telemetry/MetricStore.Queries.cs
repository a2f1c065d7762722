using System.Globalization;

namespace KvStore.Dashboard.Telemetry;

/// <content>What pages ask. The points of a query are copied under the lock, and everything else happens outside.</content>
internal sealed partial class MetricStore
{
    private const int StepsMax = 2_000;

    /// <summary>The instruments of a resource, or of all, by resource, meter and name.</summary>
    public IReadOnlyList<InstrumentInfo> Instruments(TelemetryResource? resource = null)
    {
        lock (_lock)
        {
            return [.. _instruments.Values
                .Select(i => i.Info)
                .Where(i => resource is null || i.Resource == resource)
                .OrderBy(i => i.Resource.Name, StringComparer.Ordinal)
                .ThenBy(i => i.Meter, StringComparer.Ordinal)
                .ThenBy(i => i.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>The dimensions of an instrument with the values that there are, by name.</summary>
    public IReadOnlyList<Dimension> Dimensions(InstrumentInfo instrument)
    {
        List<IReadOnlyList<KeyValuePair<string, string>>> series;
        lock (_lock)
        {
            if (!_instruments.TryGetValue((instrument.Resource, instrument.Meter, instrument.Name), out var found))
            {
                return [];
            }

            series = [.. found.Series.Values.Select(s => s.Dimensions)];
        }

        return
        [
            .. series.SelectMany(d => d).Select(d => d.Key).Distinct().Order(StringComparer.Ordinal).Select(name => new Dimension(
                name, [.. series.Select(d => d.Value(name) ?? "").Distinct().Order(StringComparer.Ordinal)])),
        ];
    }

    /// <summary>Values of a sum or gauge at the end of each step; of a histogram the number of measurements so far. Null when there is no such instrument.</summary>
    public MetricChart? Values(MetricQuery query) => Chart(query, _ => true, (selection, steps, groups) =>
    {
        var combine = query.Combine ?? (selection.Instrument.Kind == InstrumentKind.Gauge ? Combine.Average : Combine.Sum);
        return groups.Select(g => new ChartLine(g.Key, MetricMath.Values([.. g.Select(s => s.Points)], steps, selection.ExportInterval, combine)));
    });

    /// <summary>Growth per second of a counter, or measurements per second of a histogram. Null when there is no such instrument, or it is neither.</summary>
    public MetricChart? Rate(MetricQuery query) => Chart(
        query,
        kind => kind is InstrumentKind.Counter or InstrumentKind.Histogram,
        (_, steps, groups) => groups.Select(g => new ChartLine(g.Key, MetricMath.Rate([.. g.Select(s => s.Points)], steps))));

    /// <summary>Percentiles of what a histogram measured in each step, one line for each. Null when there is no such histogram.</summary>
    /// <param name="query">Which.</param>
    /// <param name="percentiles">Between 0 and 1, for example 0.5, 0.9, 0.99.</param>
    public MetricChart? Percentiles(MetricQuery query, IReadOnlyList<double> percentiles) => Chart(
        query,
        kind => kind is InstrumentKind.Histogram,
        (_, steps, groups) => groups.SelectMany(group =>
        {
            var bounds = group.First().Bounds;
            var counts = MetricMath.BucketIncreases([.. group.Where(s => s.Bounds.AsSpan().SequenceEqual(bounds)).Select(s => s.Points)], bounds.Length + 1, steps);
            return percentiles.Select(p => new ChartLine(
                Label(group.Key, p), [.. counts.Select(c => HistogramPercentile.Of(bounds, c, p))]));
        }));

    /// <summary>The average of what a histogram measured in each step. Null when there is no such histogram.</summary>
    public MetricChart? Mean(MetricQuery query) => Chart(
        query,
        kind => kind is InstrumentKind.Histogram,
        (_, steps, groups) => groups.Select(g => new ChartLine(g.Key, MetricMath.Mean([.. g.Select(s => s.Points)], steps))));

    private static string Label(string group, double percentile)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{percentile * 100:0.###}");
        return group.Length == 0 ? name : $"{group} {name}";
    }

    private MetricChart? Chart(
        MetricQuery query,
        Func<InstrumentKind, bool> fits,
        Func<Selection, MetricSteps, List<IGrouping<string, SelectedSeries>>, IEnumerable<ChartLine>> lines)
    {
        var steps = MetricSteps.Of(query.Until, query.Window, Math.Clamp(query.Steps, 1, StepsMax), _time.GetUtcNow());
        if (Select(query) is not { } selection || !fits(selection.Instrument.Kind))
        {
            return null;
        }

        var groups = selection.Series
            .GroupBy(s => query.GroupBy is null ? "" : s.Dimensions.Value(query.GroupBy) ?? "")
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .ToList();
        var exemplars = selection.Exemplars.Where(e => steps.Contains(e.At) && Matches(e.Dimensions, query)).OrderBy(e => e.At).ToArray();
        return new(selection.Instrument, steps.Ends(), [.. lines(selection, steps, groups)], exemplars);
    }

    private Selection? Select(MetricQuery query)
    {
        lock (_lock)
        {
            if (!_instruments.TryGetValue((query.Resource, query.Meter, query.Name), out var instrument))
            {
                return null;
            }

            return new(
                instrument.Info,
                instrument.PreviousAt == default ? TimeSpan.Zero : instrument.LastAt - instrument.PreviousAt,
                [.. instrument.Series.Values
                    .Where(s => Matches(s.Dimensions, query))
                    .Select(s => new SelectedSeries(s.Dimensions, s.Bounds ?? [], s.ToArray()))],
                [.. instrument.Exemplars]);
        }
    }

    private static bool Matches(IReadOnlyList<KeyValuePair<string, string>> dimensions, MetricQuery query)
    {
        foreach (var (name, wanted) in query.Filters)
        {
            if (!wanted.Contains(dimensions.Value(name) ?? ""))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Selection(
        InstrumentInfo Instrument, TimeSpan ExportInterval, List<SelectedSeries> Series, List<MetricExemplar> Exemplars);

    private sealed record SelectedSeries(IReadOnlyList<KeyValuePair<string, string>> Dimensions, double[] Bounds, MetricPoint[] Points);
}

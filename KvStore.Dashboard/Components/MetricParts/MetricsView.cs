using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>Everything that the Metrics page shows of a choice. Used by one page on one thread.</summary>
internal sealed class MetricsView
{
    /// <summary>More lines than this nobody can tell apart.</summary>
    public const int LinesMax = 12;

    /// <summary>Exemplars in the list.</summary>
    public const int ExemplarsMax = 20;

    /// <summary>A dimension of a gauge with at most so many values gets a line for each without being asked.</summary>
    private const int SplitMax = 8;

    private readonly MetricStore _store;
    private readonly TelemetryResources _known;
    private readonly TimeProvider _time;
    private MetricChoice _asked = new();
    private long _version = -1;
    private DateTimeOffset _until;

    /// <summary>Makes a view that shows nothing yet.</summary>
    public MetricsView(MetricStore store, TelemetryResources known, TimeProvider time)
    {
        (_store, _known, _time) = (store, known, time);
    }

    /// <summary>What is shown: what was asked for, with what suits where nothing was.</summary>
    public MetricChoice Choice { get; private set; } = new();

    /// <summary>The names of resources that have metrics, the leader first.</summary>
    public IReadOnlyList<string> Resources { get; private set; } = [];

    /// <summary>The instruments to choose from.</summary>
    public IReadOnlyList<InstrumentGroup> Instruments { get; private set; } = [];

    /// <summary>The instrument that is shown; null when there is none of this name.</summary>
    public InstrumentInfo? Instrument { get; private set; }

    /// <summary>Resources that have an instrument of this name, when the chosen one has not.</summary>
    public IReadOnlyList<string> Elsewhere { get; private set; } = [];

    /// <summary>The instrument's dimensions.</summary>
    public IReadOnlyList<Dimension> Dimensions { get; private set; } = [];

    /// <summary>The dimension with a line for each value; null for none.</summary>
    public string? SplitBy { get; private set; }

    /// <summary>Whether a histogram has one line for each group, of one percentile, and not one for each percentile.</summary>
    public bool HasOnePercentile { get; private set; }

    /// <summary>The charts, the more important first.</summary>
    public IReadOnlyList<LineChart> Charts { get; private set; } = [];

    /// <summary>How many lines there are of the first chart, more of which may not be shown.</summary>
    public int LineCount { get; private set; }

    /// <summary>The greatest exemplars of the window.</summary>
    public IReadOnlyList<ExemplarLine> Exemplars { get; private set; } = [];

    /// <summary>How many exemplars there are in the window.</summary>
    public int ExemplarCount { get; private set; }

    /// <summary>What came in and what is left.</summary>
    public StoreCounters Counters { get; private set; }

    /// <summary>Shows a choice as of now.</summary>
    public void Show(MetricChoice choice)
    {
        _asked = choice;
        Read();
    }

    /// <summary>Brings what is shown up to date.</summary>
    /// <returns>Whether something may have changed.</returns>
    public bool Refresh()
    {
        if (_version == _store.Version && _until == Until())
        {
            return false;
        }

        Read();
        return true;
    }

    private void Read()
    {
        // The version first: what comes in between is then read twice, and not missed.
        _version = _store.Version;
        _until = Until();
        var instruments = _store.Instruments();
        Counters = _store.Counters;
        Choice = InstrumentChoices.Resolve(_asked, instruments);
        Resources = [.. _known.Names().Where(name => instruments.Any(i => i.Resource.Name == name))];
        Instruments = InstrumentChoices.List(Choice, instruments);

        var named = instruments.Where(i => i.Meter == Choice.Meter && i.Name == Choice.Instrument).ToList();
        var chosen = named.Where(i => Choice.Resource == MetricChoice.AllResources || i.Resource.Name == Choice.Resource).ToList();
        Instrument = chosen.FirstOrDefault();
        Elsewhere = Instrument is null ? [.. named.Select(i => i.Resource.Name).Distinct()] : [];
        Dimensions = DimensionsOf(chosen);
        SplitBy = Choice.By switch
        {
            "" => Instrument?.Kind is InstrumentKind.Gauge or InstrumentKind.UpDownCounter && Dimensions is [{ Values.Count: <= SplitMax }] ? Dimensions[0].Name : null,
            MetricChoice.Together => null,
            var dimension => Dimensions.Any(d => d.Name == dimension) ? dimension : null,
        };
        HasOnePercentile = SplitBy is not null || Choice.Resource == MetricChoice.AllResources;
        (Charts, Exemplars, ExemplarCount, LineCount) = ([], [], 0, 0);
        if (Instrument is not null)
        {
            Draw(Instrument, Newest(chosen));
        }
    }

    private void Draw(InstrumentInfo shown, List<InstrumentInfo> instruments)
    {
        var lines = new MetricLines(_known, SplitBy, isByResource: Choice.Resource == MetricChoice.AllResources);
        var unit = MetricUnit.Of(shown.Unit);
        switch (shown.Kind)
        {
            case InstrumentKind.Histogram:
                double[] percentiles = HasOnePercentile ? [Choice.Percentile / 100.0] : [.. MetricChoice.Percentiles.Select(p => p / 100.0)];
                var title = HasOnePercentile ? string.Create(CultureInfo.InvariantCulture, $"p{Choice.Percentile}") : "Percentiles";
                var byPercentile = Chart(title, unit, instruments, query => _store.Percentiles(query, percentiles), lines, withExemplars: true);
                Charts = [byPercentile, Chart("Measurements per second", MetricUnit.Of("", isRate: true), instruments, _store.Rate, lines)];
                break;
            case InstrumentKind.Counter:
                Charts = [Chart("Growth per second", MetricUnit.Of(shown.Unit, isRate: true), instruments, _store.Rate, lines)];
                break;
            default:
                Charts = [Chart("Value", unit, instruments, _store.Values, lines)];
                break;
        }
    }

    private LineChart Chart(
        string title, MetricUnit unit, List<InstrumentInfo> instruments, Func<MetricQuery, MetricChart?> ask, MetricLines lines, bool withExemplars = false)
    {
        var charts = instruments.Select(i => ask(Query(i))).OfType<MetricChart>().ToList();
        var exemplars = withExemplars ? charts.SelectMany(chart => chart.Exemplars).ToList() : [];
        if (withExemplars)
        {
            ExemplarCount = exemplars.Count;
            Exemplars =
            [
                .. charts.SelectMany(chart => chart.Exemplars.Select(exemplar => (Exemplar: exemplar, chart.Instrument.Resource)))
                    .OrderByDescending(e => e.Exemplar.Value).ThenBy(e => e.Exemplar.At).Take(ExemplarsMax)
                    .Select(e => new ExemplarLine(e.Exemplar, e.Resource, unit)),
            ];
        }

        var times = charts.Count > 0 ? charts[0].Times : [.. Enumerable.Range(1, Choice.Steps).Select(i => _until - Choice.Window + (i * Choice.Window / Choice.Steps))];
        var all = lines.Of(charts);
        LineCount = Math.Max(LineCount, all.Count);
        return new(title, unit, times, MetricLines.Greatest(all, LinesMax), exemplars);
    }

    private MetricQuery Query(InstrumentInfo instrument) => new()
    {
        Resource = instrument.Resource,
        Meter = instrument.Meter,
        Name = instrument.Name,
        Filters = Choice.Filters(),
        GroupBy = SplitBy,
        Window = Choice.Window,
        Steps = Choice.Steps,
        Until = _until,
    };

    // The end of the step that now is in, the same for all queries, so that their times are the same.
    private DateTimeOffset Until()
    {
        var step = _asked.Window.Ticks / _asked.Steps;
        return new((_time.GetUtcNow().UtcTicks + step - 1) / step * step, TimeSpan.Zero);
    }

    // The instances of a service one after the other, the newest first.
    private List<InstrumentInfo> Newest(List<InstrumentInfo> instruments)
    {
        var order = _known.List().Index().ToDictionary(known => known.Item, known => known.Index);
        return [.. instruments.OrderBy(i => order.GetValueOrDefault(i.Resource, int.MaxValue))];
    }

    private List<Dimension> DimensionsOf(List<InstrumentInfo> instruments) =>
    [
        .. instruments.SelectMany(_store.Dimensions)
            .GroupBy(dimension => dimension.Name)
            .OrderBy(dimension => dimension.Key, StringComparer.Ordinal)
            .Select(same => new Dimension(same.Key, [.. same.SelectMany(dimension => dimension.Values).Distinct().Order(StringComparer.Ordinal)])),
    ];
}

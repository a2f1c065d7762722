namespace KvStore.Dashboard.Telemetry;

/// <summary>What an instrument's points are.</summary>
internal enum InstrumentKind
{
    /// <summary>Only grows: ask for its rate.</summary>
    Counter,

    /// <summary>A sum that also falls.</summary>
    UpDownCounter,

    /// <summary>The newest value is what counts.</summary>
    Gauge,

    /// <summary>Counts by buckets: ask for percentiles, or for the rate of its count.</summary>
    Histogram,
}

/// <summary>An instrument of one resource. Names it in queries, and says what it is.</summary>
/// <param name="Resource">Whose it is.</param>
/// <param name="Meter">The name of the meter.</param>
/// <param name="Name">For example <c>kvstore.write.duration</c>.</param>
/// <param name="Unit">For example <c>s</c>; may be empty.</param>
/// <param name="Description">May be empty.</param>
/// <param name="Kind">What it is.</param>
internal sealed record InstrumentInfo(
    TelemetryResource Resource, string Meter, string Name, string Unit, string Description, InstrumentKind Kind);

/// <summary>An instrument's dimension and the values that it has taken, sorted. A series without it has the empty value.</summary>
internal sealed record Dimension(string Name, IReadOnlyList<string> Values);

/// <summary>How series are put together into one line.</summary>
internal enum Combine
{
    Sum,
    Average,
    Max,
    Min,
}

/// <summary>Which series of which instrument, over which time, in how many steps.</summary>
internal sealed record MetricQuery
{
    /// <summary>Whose.</summary>
    public required TelemetryResource Resource { get; init; }

    public required string Meter { get; init; }

    /// <summary>The instrument's name.</summary>
    public required string Name { get; init; }

    /// <summary>Dimension → the values that are wanted; a dimension that is not here may have any.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>> Filters { get; init; } = new Dictionary<string, IReadOnlySet<string>>();

    /// <summary>A dimension: one line for each of its values; null for one line of all.</summary>
    public string? GroupBy { get; init; }

    /// <summary>How far back.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Into how many steps of equal length the window is cut; 1 to 2,000.</summary>
    public int Steps { get; init; } = 60;

    /// <summary>The end of the window; null for now.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>For values: how series are put together; null for the sum, or for a gauge the average.</summary>
    public Combine? Combine { get; init; }
}

/// <summary>Lines over time, and the exemplars of the same series and time.</summary>
/// <param name="Instrument">What it is of.</param>
/// <param name="Times">The ends of the steps.</param>
/// <param name="Lines">Each with as many values as there are times.</param>
/// <param name="Exemplars">Oldest first.</param>
internal sealed record MetricChart(
    InstrumentInfo Instrument, IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<ChartLine> Lines, IReadOnlyList<MetricExemplar> Exemplars);

/// <summary>A line of a chart.</summary>
/// <param name="Label">The grouped dimension's value, or <c>p50</c>, or both as in <c>follower1 p50</c>; empty for a single line.</param>
/// <param name="Values">In the instrument's unit, or per second for a rate; null where nothing is known.</param>
internal sealed record ChartLine(string Label, IReadOnlyList<double?> Values);

/// <summary>A measurement that was made within a trace.</summary>
/// <param name="Value">In the instrument's unit.</param>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="SpanId">16 hexadecimal digits.</param>
/// <param name="Dimensions">Of its series.</param>
internal sealed record MetricExemplar(
    double Value, DateTimeOffset At, string TraceId, string SpanId, IReadOnlyList<KeyValuePair<string, string>> Dimensions);

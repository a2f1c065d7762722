namespace KvStore.Dashboard.Telemetry;

/// <summary>Which traces by how they ended.</summary>
internal enum TraceStatusFilter
{
    Any,

    /// <summary>At least one span has failed.</summary>
    Error,

    /// <summary>No span has failed.</summary>
    Ok,
}

/// <summary>What a list of traces is sorted by.</summary>
internal enum TraceSort
{
    /// <summary>When the earliest span began.</summary>
    Start,

    /// <summary>From the first start to the last end.</summary>
    Duration,

    /// <summary>How long the root took, which is what the client waited.</summary>
    RootDuration,
    Name,
}

/// <summary>Which traces are wanted, in which order, and which part of them. All conditions must hold.</summary>
internal sealed record TraceQuery
{
    /// <summary>The name of a resource that has a span in it; null for any.</summary>
    public string? Resource { get; init; }

    /// <summary>
    /// Text, in any case, that is in a span's name, status message or attribute value, in an event's name, in the trace's name or in its id. <c>kvstore.lsn=17</c> also
    /// finds the attribute of exactly this name and value. Null or blank for any.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Text, in any case, in the trace's name (<c>leader: POST /keys</c>); null or blank for any.</summary>
    public string? Name { get; init; }

    public TraceStatusFilter Status { get; init; }

    /// <summary>The least <see cref="TraceSummary.Duration"/>.</summary>
    public TimeSpan MinDuration { get; init; }

    public TraceSort SortBy { get; init; }

    /// <summary>The latest, the longest or the last by name first.</summary>
    public bool Descending { get; init; } = true;

    public int Skip { get; init; }

    public int Take { get; init; } = 100;
}

/// <summary>A part of the list of traces.</summary>
/// <param name="Items">The part.</param>
/// <param name="Matched">How many traces meet the conditions.</param>
/// <param name="Stored">How many there are.</param>
/// <param name="Dropped">Traces that were dropped to make room.</param>
/// <param name="Received">Spans that arrived.</param>
/// <param name="Version">The store's version that this is of.</param>
internal sealed record TracePage(IReadOnlyList<TraceSummary> Items, int Matched, int Stored, long Dropped, long Received, long Version);

/// <summary>A line of the list of traces.</summary>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="Name">Of the root: <c>leader: POST /keys</c>.</param>
/// <param name="Start">When the earliest span began.</param>
/// <param name="Duration">From there to the last end.</param>
/// <param name="RootDuration">How long the root took.</param>
/// <param name="SpanCount">Spans that are stored.</param>
/// <param name="HasError">Whether a span has failed.</param>
/// <param name="HasRoot">Whether a span without a parent has come.</param>
/// <param name="Resources">Who has spans in it, in the order of their first span's start as far as it was known.</param>
internal sealed record TraceSummary(
    string TraceId,
    string Name,
    DateTimeOffset Start,
    TimeSpan Duration,
    TimeSpan RootDuration,
    int SpanCount,
    bool HasError,
    bool HasRoot,
    IReadOnlyList<ResourceSpanCount> Resources);

/// <summary>How many spans of a trace a service has, over all its instances.</summary>
/// <param name="Resource">The instance that came first.</param>
internal readonly record struct ResourceSpanCount(TelemetryResource Resource, int Spans, bool HasError);

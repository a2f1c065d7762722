namespace KvStore.Dashboard.Telemetry;

/// <summary>A trace as it stood when it was asked for. Immutable; spans may still come.</summary>
internal sealed class Trace
{
    /// <summary>Makes a trace of at least one span, in any order.</summary>
    public Trace(TraceSummary summary, IEnumerable<SpanRecord> spans)
    {
        Summary = summary;
        Spans = [.. spans.OrderBy(s => s.Start).ThenByDescending(s => s.Duration)];
        Root = Spans.FirstOrDefault(s => s.ParentKey == 0) ?? Spans[0];
        var known = Spans.Select(s => s.SpanKey).ToHashSet();
        Orphans = [.. Spans.Where(s => s.ParentKey != 0 && !known.Contains(s.ParentKey))];
    }

    /// <summary>The same as in the list.</summary>
    public TraceSummary Summary { get; }

    /// <summary>32 hexadecimal digits.</summary>
    public string TraceId => Summary.TraceId;

    /// <summary>Of the root: <c>leader: POST /keys</c>.</summary>
    public string Name => Summary.Name;

    /// <summary>Sorted by start.</summary>
    public IReadOnlyList<SpanRecord> Spans { get; }

    /// <summary>The span without a parent (the earliest, if several); as long as there is none, the earliest span.</summary>
    public SpanRecord Root { get; }

    /// <summary>Spans that name a parent that has not come, or not yet.</summary>
    public IReadOnlyList<SpanRecord> Orphans { get; }

    /// <summary>The earliest start.</summary>
    public DateTimeOffset Start => Summary.Start;

    /// <summary>From the first start to the last end.</summary>
    public TimeSpan Duration => Summary.Duration;

    /// <summary>How long the root took: when the client had its answer.</summary>
    public TimeSpan RootDuration => Root.Duration;

    /// <summary>Whether a span has failed.</summary>
    public bool HasError => Summary.HasError;

    /// <summary>Who has spans in it, by first start.</summary>
    public IReadOnlyList<ResourceSpanCount> Resources => Summary.Resources;

    /// <summary>The span with an id of 16 hexadecimal digits; null when there is none.</summary>
    public SpanRecord? Find(string spanId) => Spans.FirstOrDefault(s => string.Equals(s.SpanId, spanId, StringComparison.OrdinalIgnoreCase));
}

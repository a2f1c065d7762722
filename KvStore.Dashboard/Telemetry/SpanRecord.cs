namespace KvStore.Dashboard.Telemetry;

/// <summary>What a span does, as OTLP numbers it.</summary>
internal enum SpanKind
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// <summary>How a span ended, as OTLP numbers it.</summary>
internal enum SpanStatus
{
    Unset,
    Ok,
    Error,
}

/// <summary>A span. Immutable; ids are kept as numbers, which is what 120,000 spans can afford, and are text on demand.</summary>
internal sealed record SpanRecord
{
    /// <summary>The trace's id; never 0.</summary>
    public required UInt128 TraceKey { get; init; }

    /// <summary>The span's id; never 0.</summary>
    public required ulong SpanKey { get; init; }

    /// <summary>The parent's id; 0 for a root.</summary>
    public ulong ParentKey { get; init; }

    /// <summary>For example <c>POST /keys</c>.</summary>
    public required string Name { get; init; }

    public SpanKind Kind { get; init; }

    /// <summary>Who sent it.</summary>
    public required TelemetryResource Resource { get; init; }

    /// <summary>The activity source; may be empty.</summary>
    public string ScopeName { get; init; } = "";

    /// <summary>When it began, exact to 100 ns, in UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>How long it took; never negative.</summary>
    public required TimeSpan Duration { get; init; }

    public SpanStatus Status { get; init; }

    /// <summary>May be empty.</summary>
    public string StatusMessage { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    /// <summary>In the order in which they happened.</summary>
    public IReadOnlyList<SpanEvent> Events { get; init; } = [];

    public IReadOnlyList<SpanLink> Links { get; init; } = [];

    /// <summary>The trace's id in 32 lower-case hexadecimal digits.</summary>
    public string TraceId => TelemetryIds.Format(TraceKey);

    /// <summary>The span's id in 16 lower-case hexadecimal digits.</summary>
    public string SpanId => TelemetryIds.Format(SpanKey);

    /// <summary>The parent's id in 16 lower-case hexadecimal digits; null for a root.</summary>
    public string? ParentSpanId => ParentKey == 0 ? null : TelemetryIds.Format(ParentKey);

    /// <summary>When it ended, in UTC.</summary>
    public DateTimeOffset End => Start + Duration;

    /// <summary>The value of an attribute; null when there is none of that name.</summary>
    public string? Attribute(string key) => Attributes.Value(key);
}

/// <summary>Something that happened during a span.</summary>
internal sealed record SpanEvent(string Name, DateTimeOffset At, IReadOnlyList<KeyValuePair<string, string>> Attributes);

/// <summary>A span, of another trace as a rule, that a span also has to do with. Ids are lower-case hexadecimal.</summary>
internal sealed record SpanLink(string TraceId, string SpanId, IReadOnlyList<KeyValuePair<string, string>> Attributes);

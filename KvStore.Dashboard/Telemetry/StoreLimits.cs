namespace KvStore.Dashboard.Telemetry;

/// <summary>How much telemetry is kept (BOUNDED). What is beyond a limit is dropped, the oldest first, and counted.</summary>
internal sealed record StoreLimits
{
    /// <summary>Traces. The one whose first span came first goes first.</summary>
    public int TracesMax { get; init; } = 10_000;

    /// <summary>Spans of one trace; later ones are dropped.</summary>
    public int SpansPerTraceMax { get; init; } = 5_000;

    /// <summary>Estimated bytes of all spans, so that traces with a great many or with large attributes do not fill the memory. One trace may take an eighth.</summary>
    public long TraceBytesMax { get; init; } = 128 << 20;

    /// <summary>Log records.</summary>
    public int LogsMax { get; init; } = 10_000;

    /// <summary>Estimated bytes of all log records; one may take an eighth.</summary>
    public long LogBytesMax { get; init; } = 32 << 20;

    /// <summary>Metric points over all series. Equal values in a row are one point.</summary>
    public int PointsMax { get; init; } = 50_000;

    /// <summary>Services' instances. The one that was silent longest goes first, with its metrics.</summary>
    public int ResourcesMax { get; init; } = 200;

    /// <summary>Instruments over all resources. New ones are dropped at the limit.</summary>
    public int InstrumentsMax { get; init; } = 1_000;

    /// <summary>Series over all instruments. New ones are dropped at the limit, unless others have been silent for long.</summary>
    public int SeriesMax { get; init; } = 10_000;

    /// <summary>Series (combinations of dimensions) of one instrument.</summary>
    public int SeriesPerInstrumentMax { get; init; } = 1_000;

    /// <summary>Buckets of a histogram; one with more is dropped.</summary>
    public int BucketsMax { get; init; } = 200;

    /// <summary>Exemplars of one instrument; the newest stay.</summary>
    public int ExemplarsPerInstrumentMax { get; init; } = 100;

    /// <summary>Attributes of a span, event, link, log record, resource or series; further ones are cut off.</summary>
    public int AttributesMax { get; init; } = 128;

    /// <summary>Events of a span, and links of a span; further ones are cut off.</summary>
    public int EventsMax { get; init; } = 128;

    /// <summary>Characters of an attribute's value, a name or a message; the rest becomes an ellipsis.</summary>
    public int ValueLengthMax { get; init; } = 4_096;
}

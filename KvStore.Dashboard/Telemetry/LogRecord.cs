namespace KvStore.Dashboard.Telemetry;

/// <summary>How serious a log record is, least first, as .NET names it.</summary>
internal enum LogSeverity
{
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
}

/// <summary>A log record. Immutable.</summary>
internal sealed record LogRecord
{
    /// <summary>Increases in the order of arrival, from 1; given by the store.</summary>
    public long Id { get; init; }

    /// <summary>When it was written, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    public required TelemetryResource Resource { get; init; }

    public LogSeverity Severity { get; init; }

    /// <summary>The message with its values filled in.</summary>
    public required string Message { get; init; }

    /// <summary>The logger's name.</summary>
    public string Category { get; init; } = "";

    /// <summary>32 hexadecimal digits; null when written outside a span.</summary>
    public string? TraceId { get; init; }

    /// <summary>16 hexadecimal digits; null when written outside a span.</summary>
    public string? SpanId { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    /// <summary>The exception with its stack trace; null when there was none.</summary>
    public string? ExceptionText { get; init; }
}

/// <summary>Which log records are wanted. All conditions must hold; the newest <see cref="Take"/> of them come, oldest first.</summary>
internal sealed record LogQuery
{
    /// <summary>The name of a resource; null for any.</summary>
    public string? Resource { get; init; }

    /// <summary>The least severity.</summary>
    public LogSeverity MinSeverity { get; init; }

    /// <summary>Text, in any case, in the message, the category, an attribute's value, the exception or the trace id; <c>name=value</c> also finds the attribute. Null or blank for any.</summary>
    public string? Text { get; init; }

    /// <summary>32 hexadecimal digits; null for any.</summary>
    public string? TraceId { get; init; }

    /// <summary>16 hexadecimal digits; null for any.</summary>
    public string? SpanId { get; init; }

    /// <summary>Only records with a higher id: what has come since.</summary>
    public long AfterId { get; init; }

    /// <summary>How many at most.</summary>
    public int Take { get; init; } = 500;
}

/// <summary>A part of the log.</summary>
/// <param name="Items">Oldest first.</param>
/// <param name="Matched">How many records meet the conditions.</param>
/// <param name="Stored">How many there are.</param>
/// <param name="Dropped">Records that were dropped to make room.</param>
/// <param name="Received">Records that arrived.</param>
/// <param name="LastId">The id of the newest record in the store, which a live tail asks after next; 0 when there was none.</param>
internal sealed record LogPage(IReadOnlyList<LogRecord> Items, int Matched, int Stored, long Dropped, long Received, long LastId);

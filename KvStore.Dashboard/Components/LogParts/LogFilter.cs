using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.LogParts;

/// <summary>Which logs the page shows, as its address says it, so that a view can be linked and survives a reload.</summary>
internal sealed record LogFilter
{
    private const string Path = "logs";

    /// <summary>The name of a resource; empty for any.</summary>
    public string Resource { get; init; } = "";

    /// <summary>The least severity.</summary>
    public LogSeverity Level { get; init; }

    /// <summary>Text that is looked for; empty for any.</summary>
    public string Text { get; init; } = "";

    /// <summary>32 hexadecimal digits; empty for any trace and none.</summary>
    public string Trace { get; init; } = "";

    /// <summary>16 hexadecimal digits; empty for any span and none.</summary>
    public string Span { get; init; } = "";

    /// <summary>Whether something keeps logs from the page.</summary>
    public bool IsFiltering => this != new LogFilter();

    /// <summary>Reads the parts of an address; what is missing or makes no sense is as if it were not there.</summary>
    public static LogFilter Read(string? resource, string? level, string? text, string? trace, string? span) => new()
    {
        Resource = resource ?? "",
        Level = LogLevels.Read(level),
        Text = text ?? "",
        Trace = trace?.Trim() ?? "",
        Span = span?.Trim() ?? "",
    };

    /// <summary>The address, relative to the dashboard's, that says this.</summary>
    public string ToAddress()
    {
        (string Key, string Value)[] parts =
        [
            ("resource", Resource),
            ("level", Level == default ? "" : LogLevels.InAddress(Level)),
            ("text", Text),
            ("trace", Trace),
            ("span", Span),
        ];
        var query = string.Join('&', parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Key}={Uri.EscapeDataString(part.Value)}"));
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>What to ask the store for.</summary>
    /// <param name="take">How many at most.</param>
    public LogQuery ToQuery(int take) => new()
    {
        Resource = Resource.Length == 0 ? null : Resource,
        MinSeverity = Level,
        Text = Text,
        TraceId = Trace.Length == 0 ? null : Trace,
        SpanId = Span.Length == 0 ? null : Span,
        Take = take,
    };
}

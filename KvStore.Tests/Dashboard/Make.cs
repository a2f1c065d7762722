using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

/// <summary>Makes telemetry as it would arrive.</summary>
internal static class Make
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static readonly TelemetryResource Leader = Resource("leader", 0);

    public static readonly TelemetryResource Follower1 = Resource("follower1", 1);

    public static TelemetryResource Resource(string name, int colour) => new(name, name + "-1", colour, [new("service.name", name)]);

    /// <summary>A span that starts so many milliseconds after noon.</summary>
    public static SpanRecord Span(
        int trace, ulong span, ulong parent = 0, double startMs = 0, double durationMs = 1, string name = "POST /keys", TelemetryResource? resource = null) => new()
        {
            TraceKey = (UInt128)trace,
            SpanKey = span,
            ParentKey = parent,
            Name = name,
            Resource = resource ?? Leader,
            Start = Noon.AddMilliseconds(startMs),
            Duration = TimeSpan.FromMilliseconds(durationMs),
        };

    public static string TraceId(int trace) => TelemetryIds.Format((UInt128)trace);

    public static LogRecord Log(string message, LogSeverity severity = LogSeverity.Information, TelemetryResource? resource = null) => new()
    {
        At = Noon,
        Resource = resource ?? Leader,
        Message = message,
        Severity = severity,
    };
}

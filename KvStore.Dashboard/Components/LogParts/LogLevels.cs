using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.LogParts;

/// <summary>The severities of logs as the page and its address write them.</summary>
internal static class LogLevels
{
    /// <summary>Choices of a least severity, the least first: <c>Any</c>, <c>Debug and above</c>, …, <c>Critical</c>.</summary>
    public static readonly string[] Choices =
    [
        .. Enum.GetValues<LogSeverity>().Select(severity => severity switch
        {
            LogSeverity.Trace => "Any",
            LogSeverity.Critical => "Critical",
            _ => $"{severity} and above",
        }),
    ];

    /// <summary>The severity of a choice; the least for what is none.</summary>
    public static LogSeverity Chosen(string? choice) => (LogSeverity)Math.Max(0, Array.IndexOf(Choices, choice));

    /// <summary>Reads a severity in an address: <c>warning</c>; the least for what is none.</summary>
    public static LogSeverity Read(string? text) =>
        Enum.GetValues<LogSeverity>().FirstOrDefault(severity => string.Equals(severity.ToString(), text, StringComparison.OrdinalIgnoreCase));

    /// <summary>As an address says it.</summary>
    public static string InAddress(LogSeverity severity) => severity.ToString().ToLowerInvariant();

    /// <summary>The class of the style sheet.</summary>
    public static string CssClass(LogSeverity severity) => $"log-{InAddress(severity)}";
}

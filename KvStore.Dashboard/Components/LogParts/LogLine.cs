using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.LogParts;

/// <summary>A line of the list of logs. Immutable.</summary>
public sealed class LogLine
{
    private readonly LogRecord _record;

    internal LogLine(LogRecord record)
    {
        _record = record;
        Time = record.At.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
    }

    /// <summary>Increases in the order of arrival.</summary>
    public long Id => _record.Id;

    /// <summary>The time of day, in the dashboard's time zone.</summary>
    public string Time { get; }

    /// <summary>Date, time to the microsecond and time zone.</summary>
    public string FullTime => _record.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff zzz", CultureInfo.InvariantCulture);

    /// <summary>For machines.</summary>
    public string IsoTime => _record.At.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>The resource's name.</summary>
    public string Resource => _record.Resource.Name;

    /// <summary>The resource's instance; may be empty.</summary>
    public string Instance => _record.Resource.InstanceId;

    /// <summary>A style that sets the resource's colour.</summary>
    public string ColourStyle => ResourceColour.Style(_record.Resource.Colour);

    /// <summary>The severity as a word.</summary>
    public string Level => _record.Severity.ToString();

    /// <summary>The severity's class in the style sheet.</summary>
    public string LevelClass => LogLevels.CssClass(_record.Severity);

    public string Message => _record.Message;

    /// <summary>The logger's name.</summary>
    public string Category => _record.Category;

    /// <summary>Null when written outside a span.</summary>
    public string? TraceId => _record.TraceId;

    /// <summary>Null when written outside a span.</summary>
    public string? SpanId => _record.SpanId;

    /// <summary>Where the trace is shown, at the span if it is known; null when written outside a span.</summary>
    public string? TraceAddress => TraceId is null ? null : SpanId is null ? $"traces/{TraceId}" : $"traces/{TraceId}?span={SpanId}";

    /// <summary>What else was logged in the trace; null when written outside a span.</summary>
    public string? TraceLogsAddress => TraceId is null ? null : new LogFilter { Trace = TraceId }.ToAddress();

    public IReadOnlyList<KeyValuePair<string, string>> Attributes => _record.Attributes;

    /// <summary>The exception with its stack trace; null when there was none.</summary>
    public string? ExceptionText => _record.ExceptionText;
}

using System.Text;
using System.Text.RegularExpressions;
using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;
using WireLogRecord = KvStore.Dashboard.Otlp.Wire.LogRecord;

namespace KvStore.Dashboard.Otlp;

/// <summary>Takes in the log records of a message.</summary>
internal sealed partial class LogReceiver
{
    private const int ExceptionTimes = 4;
    private readonly LogStore _store;
    private readonly ResourceReader _resources;
    private readonly AttributeReader _attributes;
    private readonly TimeProvider _time;

    /// <summary>Makes a receiver.</summary>
    public LogReceiver(LogStore store, ResourceReader resources, AttributeReader attributes, TimeProvider time)
    {
        _store = store;
        _resources = resources;
        _attributes = attributes;
        _time = time;
    }

    /// <summary>Takes in the records; one with an id of the wrong length is not valid.</summary>
    public ExportLogsServiceResponse Take(ExportLogsServiceRequest request)
    {
        var invalid = 0;
        foreach (var ofResource in request.ResourceLogs)
        {
            var resource = _resources.Read(ofResource.Resource);
            foreach (var ofScope in ofResource.ScopeLogs)
            {
                var category = _attributes.Name(ofScope.Scope?.Name ?? "");
                var records = new List<Telemetry.LogRecord>(ofScope.LogRecords.Count);
                foreach (var record in ofScope.LogRecords)
                {
                    if (record.TraceId.Length is 0 or 16 && record.SpanId.Length is 0 or 8)
                    {
                        records.Add(Read(record, resource, category));
                    }
                }

                _store.Add(records);
                invalid += ofScope.LogRecords.Count - records.Count;
            }
        }

        if (invalid == 0)
        {
            return new();
        }

        _store.CountRefused(invalid);
        return new()
        {
            PartialSuccess = new() { RejectedLogRecords = invalid, ErrorMessage = "A log record's trace id has 16 bytes and its span id 8, or none." },
        };
    }

    private Telemetry.LogRecord Read(WireLogRecord record, TelemetryResource resource, string category)
    {
        var attributes = _attributes.Read(record.Attributes);
        var unixNanoseconds = record.TimeUnixNano != 0 ? record.TimeUnixNano : record.ObservedTimeUnixNano;
        var (traceKey, spanKey) = (WireValues.TraceKey(record.TraceId), WireValues.SpanKey(record.SpanId));
        return new()
        {
            At = unixNanoseconds != 0 ? WireValues.Time(unixNanoseconds) : _time.GetUtcNow(),
            Resource = resource,
            Severity = Severity(record),
            Message = Message(_attributes.Value(record.Body), attributes),
            Category = category,
            TraceId = traceKey == 0 ? null : TelemetryIds.Format(traceKey),
            SpanId = spanKey == 0 ? null : TelemetryIds.Format(spanKey),
            Attributes = Array.FindAll(attributes, a => a.Key != "exception.stacktrace"),
            ExceptionText = Exception(record, attributes),
        };
    }

    private static LogSeverity Severity(WireLogRecord record) => record.SeverityNumber switch
    {
        >= 1 and <= 24 => (LogSeverity)((record.SeverityNumber - 1) / 4),
        _ => Enum.TryParse<LogSeverity>(record.SeverityText, ignoreCase: true, out var severity) && Enum.IsDefined(severity)
            ? severity
            : LogSeverity.Information,
    };

    // .NET sends either the formatted message, with the template as an attribute, or the template as the body.
    private string Message(string body, KeyValuePair<string, string>[] attributes)
    {
        if (!body.Contains('{', StringComparison.Ordinal) || attributes.Value("{OriginalFormat}") is not null)
        {
            return body;
        }

        // Each place once, since a value may look like one, and no further than what is kept.
        var (text, at) = (new StringBuilder(), 0);
        foreach (var place in Places().EnumerateMatches(body))
        {
            if (text.Length > _attributes.TextLengthMax)
            {
                break;
            }

            var name = body.Substring(place.Index + 1, place.Length - 2);
            text.Append(body, at, place.Index - at).Append(attributes.Value(name) ?? $"{{{name}}}");
            at = place.Index + place.Length;
        }

        return _attributes.Text(text.Append(body, at, body.Length - at).ToString());
    }

    [GeneratedRegex(@"\{[^{}]+\}")]
    private static partial Regex Places();

    // Read from the record itself: a stack trace is longer than other values, and its end matters.
    private string? Exception(WireLogRecord record, KeyValuePair<string, string>[] attributes)
    {
        foreach (var attribute in record.Attributes)
        {
            if (attribute.Key == "exception.stacktrace" && attribute.Value?.StringValue is { Length: > 0 } stackTrace)
            {
                return _attributes.Text(stackTrace, ExceptionTimes);
            }
        }

        return (attributes.Value("exception.type"), attributes.Value("exception.message")) switch
        {
            (null, null) => null,
            (var type, null) => type,
            (null, var message) => message,
            var (type, message) => $"{type}: {message}",
        };
    }
}

namespace KvStore.Dashboard.Telemetry;

/// <summary>Estimates what records take in memory. Names and keys are shared and count nothing.</summary>
internal static class SpanSize
{
    private const int SpanBytes = 220;
    private const int LogBytes = 240;
    private const int PartBytes = 80;

    /// <summary>Bytes of a span with its attributes, events and links.</summary>
    public static int Of(SpanRecord span)
    {
        var bytes = SpanBytes + Of(span.Attributes) + Of(span.StatusMessage);
        for (var i = 0; i < span.Events.Count; i++)
        {
            bytes += PartBytes + Of(span.Events[i].Attributes);
        }

        for (var i = 0; i < span.Links.Count; i++)
        {
            bytes += PartBytes + 144 + Of(span.Links[i].Attributes);
        }

        return bytes;
    }

    /// <summary>Bytes of a log record.</summary>
    public static int Of(LogRecord log) =>
        LogBytes + Of(log.Attributes) + Of(log.Message) + (log.ExceptionText is null ? 0 : Of(log.ExceptionText));

    private static int Of(IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        var bytes = 24;
        for (var i = 0; i < attributes.Count; i++)
        {
            bytes += 16 + Of(attributes[i].Value);
        }

        return bytes;
    }

    private static int Of(string text) => text.Length == 0 ? 0 : 24 + (2 * text.Length);
}

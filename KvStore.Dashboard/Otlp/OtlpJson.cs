using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace KvStore.Dashboard.Otlp;

/// <summary>OTLP in JSON: protobuf's JSON, except that ids are hexadecimal where protobuf has base64.</summary>
internal static class OtlpJson
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private static readonly string[] Ids = ["traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"];

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidJsonException">It is not JSON, or an id is not hexadecimal.</exception>
    /// <exception cref="InvalidProtocolBufferException">It is JSON, and not such a message.</exception>
    public static TRequest Parse<TRequest>(ReadOnlySpan<byte> utf8)
        where TRequest : class, IMessage<TRequest>, new()
    {
        try
        {
            var node = JsonNode.Parse(utf8);
            Convert(node);
            return Parser.Parse<TRequest>(node?.ToJsonString() ?? "null");
        }
        catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidJsonException(exception.Message);
        }
    }

    /// <summary>Writes a message, as UTF-8.</summary>
    public static byte[] Format(IMessage message) => Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(message));

    // The names of attributes are values in OTLP, so these names are ids wherever they stand.
    private static void Convert(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                foreach (var item in array)
                {
                    Convert(item);
                }

                break;
            case JsonObject fields:
                foreach (var (_, value) in fields)
                {
                    Convert(value);
                }

                foreach (var id in Ids)
                {
                    if (fields[id] is JsonValue value && value.TryGetValue<string>(out var hex))
                    {
                        fields[id] = System.Convert.ToBase64String(System.Convert.FromHexString(hex));
                    }
                }

                break;
        }
    }
}

/// <summary>A body is not JSON of the right form. The message is fit for the sender.</summary>
internal sealed class InvalidJsonException(string message) : Exception(message);

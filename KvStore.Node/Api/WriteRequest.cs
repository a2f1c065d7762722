using System.Buffers;
using System.Text.Json;
using KvStore.Node.Configuration;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Node.Api;

/// <summary>The body of <c>POST /keys</c>.</summary>
/// <param name="Key">The key's bytes.</param>
/// <param name="Value">The value's bytes.</param>
internal readonly record struct WriteRequest(byte[] Key, byte[] Value)
{
    /// <summary>What a client is told whose body is too large.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="length">Its length in bytes; null when it was not said.</param>
    public static ApiProblem TooLarge(NodeLimits limits, long? length)
    {
        var detail = $"The request body {(length is null ? "is too large" : $"has {length} bytes")}: a write's has at most {limits.RequestBytesMax} bytes, "
            + $"a value in it at most {JsonFields.ValueBytesMax} bytes of UTF-8 (1 MiB), and a key {JsonFields.KeyBytesMax}.";
        return new ApiProblem(StatusCodes.Status413PayloadTooLarge, detail) { Errors = new Dictionary<string, string[]> { ["body"] = [detail] } };
    }

    /// <summary>Reads the body.</summary>
    /// <returns>The write, or what is wrong with it.</returns>
    public static async ValueTask<(WriteRequest? Write, ApiProblem? Problem)> ReadAsync(HttpContext context, NodeLimits limits)
    {
        if (context.Request.ContentLength is { } length && length > limits.RequestBytesMax)
        {
            // The server throws the body away after the answer. It would break the connection, and a client that is still sending not see the answer.
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            return (null, TooLarge(limits, length));
        }

        if (JsonFields.FaultInHeaders(context.Request) is { } fault)
        {
            return (null, fault);
        }

        var (write, body) = await RequestBody.ReadAsync(context, static body => TryRead(body) is { } read ? (read, null) : ((WriteRequest?)null, body.ToArray()));
        if (write is not null)
        {
            return (write, null);
        }

        // Something is wrong with it: read once more, field by field, by who says what.
        var (fields, problem) = await JsonFields.ParseAsync(body!);
        using (fields)
        {
            if (fields is null)
            {
                return (null, problem);
            }

            var (key, value) = (fields.Key("key"), fields.Value("value"));
            return key is null || value is null ? (null, fields.Problem) : (new WriteRequest(key, value), null);
        }
    }

    /// <summary>Reads a body in one pass, without a document in between, which took longer than all else that is done for a request.</summary>
    /// <returns>Null when it is not plainly right.</returns>
    internal static WriteRequest? TryRead(ReadOnlySequence<byte> body)
    {
        byte[]? key = null, value = null;
        var json = new Utf8JsonReader(body);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                // Of two members of one name the last counts.
                if (json.ValueTextEquals("key"u8))
                {
                    key = ReadText(ref json, JsonFields.KeyBytesMax);
                }
                else if (json.ValueTextEquals("value"u8))
                {
                    value = ReadText(ref json, JsonFields.ValueBytesMax);
                }
                else
                {
                    return null; // Its name has to be looked into.
                }
            }

            return json.TokenType == JsonTokenType.EndObject && !json.Read() && key is { Length: > 0 } && !key.Contains((byte)0) && value is not null
                ? new WriteRequest(key, value)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // No JSON, or text that is none.
        }
    }

    private static byte[]? ReadText(ref Utf8JsonReader json, int bytesMax)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.String)
        {
            json.Skip();
            return null;
        }

        // Unescaping makes a text no longer.
        var length = json.HasValueSequence ? json.ValueSequence.Length : json.ValueSpan.Length;
        var rented = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var text = rented.AsSpan(0, json.CopyString(rented));
            return text.Length <= bytesMax ? text.ToArray() : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

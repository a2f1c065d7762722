using System.Buffers;
using System.Text.Json;
using KvStore.Node.Replication.Leader;

namespace KvStore.Node.Api;

/// <summary>
/// The answer to a write that has its quorum, as <see cref="WriteInfo"/> describes it: written as bytes of known length, since
/// a serializer that makes strings of key and value and sends them in chunks costs more than the rest of the answer.
/// </summary>
/// <param name="done">The outcome.</param>
/// <param name="key">The key's bytes.</param>
/// <param name="value">The value's bytes; null for a delete.</param>
/// <param name="followers">How many followers there are.</param>
/// <param name="latency">From the request's arrival to now.</param>
internal sealed class WriteAnswer(WriteOutcome.Replicated done, byte[] key, byte[]? value, int followers, TimeSpan latency) : IResult
{
    // An answer with a value of a megabyte is rare, and must not stay in memory for each thread that ever sent one.
    private const int KeptBytesMax = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1024);
        var json = _json ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = ApiJson.Encoder });
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        Write(json);
        json.Flush();

        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan); // The server sends it with the headers, when the request ends.
        if (buffer.Capacity > KeptBytesMax)
        {
            (_buffer, _json) = (null, null);
        }

        return Task.CompletedTask;
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "success"u8);
        json.WriteString("key"u8, key);
        if (value is not null)
        {
            json.WriteString("value"u8, value);
        }

        json.WriteNumber("replicated_to"u8, done.ReplicatedTo);
        json.WriteNumber("total_followers"u8, followers);
        json.WriteNumber("write_quorum"u8, done.WriteQuorum);
        json.WriteNumber("latency_seconds"u8, Math.Round(latency.TotalSeconds, 6));
        json.WriteNumber("version"u8, done.Lsn);
        json.WriteNumber("epoch"u8, done.Epoch);
        json.WriteEndObject();
    }
}

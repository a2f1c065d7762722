using System.Text.Json;
using KvStore.Node.Configuration;
using KvStore.Node.Storage;

namespace KvStore.Node.Api;

/// <summary>
/// Answers that hold every key: streamed from one consistent view, a bounded number at a time, with no copy of the store in
/// memory (BOUNDED).
/// </summary>
internal sealed class StateStream(ReplicaStore store, NodeOptions options) : IDisposable
{
    private const int FlushBytes = 32 << 10;

    // Others wait for the place of a client that does not read.
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _streams = new(options.Limits.StateStreamsMax);

    /// <summary><c>{"keys":[…]}</c></summary>
    public Task WriteKeysAsync(HttpContext context) => StreamAsync(context, async (view, json) =>
    {
        json.WriteStartArray("keys"u8);
        foreach (var live in view.LiveKeys())
        {
            json.WriteStringValue(live.Key);
            await FlushWhenLargeAsync(json, context);
        }

        json.WriteEndArray();
    });

    /// <summary><c>{"store":{…},"keys_count":n,"versions":{…}}</c>, read in two passes over one view.</summary>
    public Task WriteStateAsync(HttpContext context, string? followerId) => StreamAsync(context, async (view, json) =>
    {
        var count = 0L;
        json.WriteStartObject("store"u8);
        foreach (var live in view.LiveKeys())
        {
            json.WriteString(live.Key, live.Value);
            count++;
            await FlushWhenLargeAsync(json, context);
        }

        json.WriteEndObject();
        json.WriteNumber("keys_count"u8, count);
        if (followerId is not null)
        {
            json.WriteString("follower_id"u8, followerId);
        }

        json.WriteStartObject("versions"u8);
        foreach (var live in view.LiveKeys())
        {
            json.WriteNumber(live.Key, live.Lsn);
            await FlushWhenLargeAsync(json, context);
        }

        json.WriteEndObject();
    });

    /// <inheritdoc />
    public void Dispose() => _streams.Dispose();

    /// <summary>Reads the whole store for another answer, under the same limit.</summary>
    public IResult WithView(Func<IResult> read)
    {
        if (!_streams.Wait(0, CancellationToken.None))
        {
            return TooMany();
        }

        try
        {
            return read();
        }
        finally
        {
            _streams.Release();
        }
    }

    private ApiProblem TooMany() =>
        ApiProblem.Busy($"{options.Limits.StateStreamsMax} answers with the whole state are being sent already: try again in a moment.");

    private async Task StreamAsync(HttpContext context, Func<StateView, Utf8JsonWriter, Task> write)
    {
        if (!_streams.Wait(0, CancellationToken.None))
        {
            await TooMany().ExecuteAsync(context);
            return;
        }

        try
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            using var view = store.OpenView();
            await using var json = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = ApiJson.Encoder });
            json.WriteStartObject();
            await write(view, json);
            json.WriteEndObject();
        }
        finally
        {
            _streams.Release();
        }
    }

    private static async Task FlushInTimeAsync(Task flush, HttpContext context)
    {
        try
        {
            await flush.WaitAsync(StallLimit);
        }
        catch (TimeoutException)
        {
            context.Abort();
            await flush; // It ends with the connection.
        }
    }

    private static async ValueTask FlushWhenLargeAsync(Utf8JsonWriter json, HttpContext context)
    {
        // The JSON writer hands what is beyond a few KiB to the body's writer, which keeps it until it is flushed.
        var body = context.Response.BodyWriter;
        if (json.BytesPending + body.UnflushedBytes > FlushBytes)
        {
            await json.FlushAsync(context.RequestAborted);
            var flush = body.FlushAsync(context.RequestAborted);
            if (!flush.IsCompleted)
            {
                await FlushInTimeAsync(flush.AsTask(), context);
            }
        }
    }
}

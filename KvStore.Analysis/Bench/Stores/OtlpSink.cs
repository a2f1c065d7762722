using System.Net;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>Takes telemetry (OTLP over HTTP) and forgets it: what a node spends on tracing is seen only when somebody takes the traces.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _answering;

    public OtlpSink()
    {
        Address = $"http://{FreePorts.TakeEndPoint()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _answering = AnswerAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _answering;
    }

    private async Task AnswerAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                context.Response.ContentType = "application/x-protobuf"; // An empty message: everything was taken.
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Closed, or a node that was ended in the middle of a message.
            }
        }
    }
}

using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Telemetry;

/// <summary>
/// Receives OTLP in the test's own process, on free ports: protobuf over HTTP on <see cref="Endpoint"/>, gRPC on
/// <see cref="GrpcEndpoint"/>. Keeps everything until it is disposed.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<ReceivedSpan> _spans = [];
    private readonly List<ReceivedMetric> _metrics = [];
    private readonly List<ReceivedLog> _logs = [];
    private readonly List<ReceivedRequest> _requests = [];
    private TaskCompletionSource _arrival = NewArrival();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        MapSignal("/v1/traces", "trace.v1.TraceService", body => _spans.AddRange(OtlpDecoder.Spans(body)));
        MapSignal("/v1/metrics", "metrics.v1.MetricsService", body => _metrics.AddRange(OtlpDecoder.Metrics(body)));
        MapSignal("/v1/logs", "logs.v1.LogsService", body => _logs.AddRange(OtlpDecoder.Logs(body)));
    }

    /// <summary>The base address for protobuf over HTTP, for example <c>http://127.0.0.1:41234</c>.</summary>
    public string Endpoint => Addresses.First();

    /// <summary>The base address for gRPC.</summary>
    public string GrpcEndpoint => Addresses.Last();

    /// <summary>The spans so far, in the order of their arrival.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => Snapshot(_spans);

    /// <summary>The metrics so far; one that was exported twice is there twice.</summary>
    public IReadOnlyList<ReceivedMetric> Metrics => Snapshot(_metrics);

    /// <summary>The log records so far.</summary>
    public IReadOnlyList<ReceivedLog> Logs => Snapshot(_logs);

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => Snapshot(_requests);

    private ICollection<string> Addresses =>
        _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;

    /// <summary>Starts a receiver, which listens when the task completes.</summary>
    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Waits for a trace whose spans so far, sorted by their start, satisfy <paramref name="predicate"/>.</summary>
    /// <returns>Those spans.</returns>
    /// <exception cref="TimeoutException">There was none within <paramref name="deadline"/>; the message lists what there was.</exception>
    public async Task<IReadOnlyList<ReceivedSpan>> WaitForTraceAsync(Func<IReadOnlyList<ReceivedSpan>, bool> predicate, TimeSpan deadline)
    {
        IReadOnlyList<ReceivedSpan>? found = null;
        await WaitForAsync(
            () =>
            {
                found = Spans.GroupBy(s => s.TraceId).Select(g => g.OrderBy(s => s.Start).ToList()).FirstOrDefault(predicate);
                return found is not null;
            },
            deadline);
        return found!;
    }

    /// <summary>Waits until <paramref name="condition"/>, looked at after every arrival, holds.</summary>
    /// <exception cref="TimeoutException">It did not within <paramref name="deadline"/>; the message lists what there was.</exception>
    public async Task WaitForAsync(Func<bool> condition, TimeSpan deadline)
    {
        using var timeout = new CancellationTokenSource(deadline);
        while (true)
        {
            Task next;
            lock (_lock)
            {
                next = _arrival.Task;
            }

            if (condition())
            {
                return;
            }

            try
            {
                await next.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not received within {deadline.TotalSeconds} s. There was:\n{Describe()}");
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return body.ToArray();
    }

    private void MapSignal(string path, string grpcService, Action<byte[]> add)
    {
        _app.MapPost(path, async (HttpContext context) =>
        {
            Add(context.Request, await ReadAsync(context.Request), add);
            context.Response.ContentType = "application/x-protobuf"; // An empty response message has no bytes.
        });
        _app.MapPost($"/opentelemetry.proto.collector.{grpcService}/Export", async (HttpContext context) =>
        {
            // A gRPC frame: one byte for compression, four for the length, the message.
            var frame = await ReadAsync(context.Request);
            var length = BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(1));
            Add(context.Request, frame[5..(5 + length)], add);
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
    }

    private void Add(HttpRequest request, byte[] body, Action<byte[]> add)
    {
        TaskCompletionSource arrival;
        lock (_lock)
        {
            _requests.Add(new(request.Path, new HeaderDictionary(request.Headers.ToDictionary())));
            add(body);
            (arrival, _arrival) = (_arrival, NewArrival());
        }

        arrival.SetResult();
    }

    private List<T> Snapshot<T>(List<T> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }

    private string Describe() => string.Join('\n', Requests.GroupBy(r => r.Path).Select(g => $"{g.Count()} requests to {g.Key}")
        .Concat(Spans.Select(s => $"{s.TraceId} {s.SpanId} under {s.ParentSpanId ?? "nothing"}: {s.ServiceName} {s.Name}")));
}

using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using KvStore.Dashboard.Otlp.Wire;
using Resource = KvStore.Dashboard.Otlp.Wire.Resource;
using Span = KvStore.Dashboard.Otlp.Wire.Span;

namespace KvStore.Tests.Benchmarks;

/// <summary>The traces of writes, twelve spans over six services with the names and attributes that the nodes give them, sent as OTLP over gRPC.</summary>
internal sealed class SpanLoad : IDisposable
{
    public const int SpansPerTrace = 12;

    private const string Leader = "leader";
    private static readonly string[] Followers = ["follower1", "follower2", "follower3", "follower4", "follower5"];
    private static readonly Method<ExportTraceServiceRequest, ExportTraceServiceResponse> Export = new(
        MethodType.Unary,
        "opentelemetry.proto.collector.trace.v1.TraceService",
        "Export",
        new Marshaller<ExportTraceServiceRequest>(message => message.ToByteArray(), _ => throw new NotSupportedException("Requests are only sent.")),
        new Marshaller<ExportTraceServiceResponse>(_ => throw new NotSupportedException("Responses are only read."), ExportTraceServiceResponse.Parser.ParseFrom));

    private readonly GrpcChannel _channel;
    private readonly Random _random = new(4);
    private long _traces;

    /// <param name="otlpGrpc">Where the spans go.</param>
    public SpanLoad(Uri otlpGrpc) => _channel = GrpcChannel.ForAddress(otlpGrpc);

    /// <summary>The id of the newest trace, 32 hexadecimal digits.</summary>
    public string LastTraceId { get; private set; } = "";

    /// <summary>One message of each of the six services, with the spans that it has in so many traces.</summary>
    public IReadOnlyList<ExportTraceServiceRequest> Messages(int traces)
    {
        var spans = Followers.Prepend(Leader).ToDictionary(name => name, _ => new List<Span>());
        for (var i = 0; i < traces; i++)
        {
            AddTrace(spans);
        }

        return [.. spans.Select(of => Message(of.Key, of.Value))];
    }

    /// <summary>Sends messages one after another.</summary>
    /// <returns>How many were not taken.</returns>
    public async Task<int> SendAsync(IReadOnlyList<ExportTraceServiceRequest> messages)
    {
        var failed = 0;
        foreach (var message in messages)
        {
            try
            {
                await _channel.CreateCallInvoker().AsyncUnaryCall(Export, null, default, message);
            }
            catch (RpcException)
            {
                failed++; // It is counted, and the figure is what was asked for.
            }
        }

        return failed;
    }

    /// <summary>Sends so many spans a second, as six exporters do that send once a second each.</summary>
    /// <returns>How many spans left, and how many messages were not taken.</returns>
    public async Task<(long Spans, int Failed)> RunAsync(int spansPerSecond, TimeSpan length)
    {
        var (sent, failed, watch) = (0L, 0, Stopwatch.StartNew());
        for (var tick = 1; TimeSpan.FromSeconds(tick) <= length; tick++)
        {
            if (TimeSpan.FromSeconds(tick) - watch.Elapsed is { Ticks: > 0 } early)
            {
                await Task.Delay(early);
            }

            var traces = (int)Math.Round((((double)spansPerSecond * tick) - sent) / SpansPerTrace);
            failed += await SendAsync(Messages(traces));
            sent += traces * SpansPerTrace;
        }

        return (sent, failed);
    }

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();

    private static ExportTraceServiceRequest Message(string service, IEnumerable<Span> spans) => new()
    {
        ResourceSpans =
        {
            new ResourceSpans
            {
                Resource = new Resource { Attributes = { Text("service.name", service), Text("service.instance.id", service), Text("telemetry.sdk.language", "dotnet") } },
                ScopeSpans = { new ScopeSpans { Scope = new() { Name = "KvStore.Node" }, Spans = { spans } } },
            },
        },
    };

    private void AddTrace(Dictionary<string, List<Span>> spans)
    {
        var lsn = ++_traces;
        var traceId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
        LastTraceId = Convert.ToHexStringLower(traceId.Span);
        var start = (ulong)(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var slowest = 0.0;
        var server = Make(traceId, null, "POST /keys", Span.Types.SpanKind.Server, start, 0);
        foreach (var follower in Followers)
        {
            var lagMs = _random.NextDouble() * 1000;
            slowest = Math.Max(slowest, lagMs);
            var send = Make(traceId, server, $"replicate {follower}", Span.Types.SpanKind.Client, start + 1_000_000, lagMs + 3);
            send.Attributes.AddRange([
                Text("kvstore.follower", follower), Number("kvstore.lsn", lsn), Number("kvstore.attempt", 1), Text("kvstore.batch.kind", "fresh"),
                Number("kvstore.batch.entries", 1), Real("kvstore.lag_ms", lagMs), Text("kvstore.result", "confirmed")]);
            send.Events.Add(new Span.Types.Event { Name = "send", TimeUnixNano = start + (ulong)(lagMs * 1_000_000) });
            spans[Leader].Add(send);
            var apply = Make(traceId, send, "apply", Span.Types.SpanKind.Server, start + (ulong)(lagMs * 1_000_000), 2);
            apply.Attributes.AddRange([Number("kvstore.lsn", lsn), Number("kvstore.batch.entries", 1), Text("kvstore.duplicate", "false")]);
            spans[follower].Add(apply);
        }

        server.EndTimeUnixNano = start + (ulong)(slowest * 1_000_000);
        server.Attributes.AddRange([
            Text("server.address", "localhost"), Number("server.port", 8000), Text("http.request.method", "POST"), Text("url.scheme", "http"),
            Text("url.path", "/keys"), Text("network.protocol.version", "1.1"), Text("http.route", "/keys"), Number("http.response.status_code", 200),
            Number("kvstore.lsn", lsn), Number("kvstore.write_quorum", 3), Text("kvstore.outcome", "success"), Number("kvstore.replicated_to", 3),
            Text("kvstore.waited_for", "follower2")]);
        server.Events.Add(new Span.Types.Event { Name = "quorum", TimeUnixNano = start + 5_000_000, Attributes = { Text("kvstore.follower", "follower2"), Number("kvstore.confirmations", 3) } });
        var commit = Make(traceId, server, "commit", Span.Types.SpanKind.Internal, start, 1);
        commit.Attributes.AddRange([Number("kvstore.lsn", lsn), Number("kvstore.batch.entries", 1), Number("kvstore.batch.bytes", 180)]);
        spans[Leader].AddRange([server, commit]);
    }

    private static Span Make(ByteString traceId, Span? parent, string name, Span.Types.SpanKind kind, ulong start, double durationMs) => new()
    {
        TraceId = traceId,
        SpanId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)),
        ParentSpanId = parent?.SpanId ?? ByteString.Empty,
        Name = name,
        Kind = kind,
        StartTimeUnixNano = start,
        EndTimeUnixNano = start + (ulong)(durationMs * 1_000_000),
    };

    private static KeyValue Text(string key, string value) => new() { Key = key, Value = new() { StringValue = value } };

    private static KeyValue Number(string key, long value) => new() { Key = key, Value = new() { IntValue = value } };

    private static KeyValue Real(string key, double value) => new() { Key = key, Value = new() { DoubleValue = value } };
}

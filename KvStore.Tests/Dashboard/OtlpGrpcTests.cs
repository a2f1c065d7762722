using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Otlp.Wire;

namespace KvStore.Tests.Dashboard;

public sealed class OtlpGrpcTests : IAsyncLifetime
{
    private OtlpServer _server = null!;
    private GrpcChannel _channel = null!;

    public async Task InitializeAsync()
    {
        _server = await OtlpServer.StartAsync(new() { MessageBytesMax = 1 << 20, ApiKey = "right" });
        _channel = GrpcChannel.ForAddress(_server.Grpc);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
        Assert.Empty(_server.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_span_arrives_zipped_or_not_and_invalid_ones_are_rejected_alone(bool gzip)
    {
        var invalid = WireMessages.Span();
        invalid.TraceId = ByteString.Empty;
        var answer = await ExportAsync(WireMessages.Traces(WireMessages.Span(), invalid).ToByteArray(), gzip: gzip);

        Assert.Equal(1, ExportTraceServiceResponse.Parser.ParseFrom(answer).PartialSuccess.RejectedSpans);
        Assert.Equal("POST /keys", Assert.Single(_server.Traces.Find("0102030405060708090a0b0c0d0e0f10")!.Spans).Name);
    }

    [Theory]
    [InlineData("trace.v1.TraceService")]
    [InlineData("logs.v1.LogsService")]
    [InlineData("metrics.v1.MetricsService")]
    public async Task A_malformed_message_is_an_invalid_argument(string service)
    {
        Assert.Equal(StatusCode.InvalidArgument, await FailureAsync([0x0A, 0xFF, 0xFF, 0xFF], service: service));
        Assert.Empty(await ExportAsync([], service: service));
    }

    [Fact]
    public async Task Too_large_is_refused_before_and_after_unzipping()
    {
        Assert.Equal(StatusCode.ResourceExhausted, await FailureAsync(new byte[(1 << 20) + 1]));
        Assert.Equal(StatusCode.ResourceExhausted, await FailureAsync(new byte[50 << 20], gzip: true));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task Without_the_key_it_is_unauthenticated(string? key)
    {
        Assert.Equal(StatusCode.Unauthenticated, await FailureAsync(WireMessages.Traces(WireMessages.Span()).ToByteArray(), key: key));
        Assert.Equal(0, _server.Traces.Counters.Received);
    }

    [Fact]
    public async Task Other_services_and_other_ports_do_not_answer()
    {
        Assert.Equal(StatusCode.Unimplemented, await FailureAsync([], service: "profiles.v1.ProfilesService"));
        using var http2 = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Page, "/opentelemetry.proto.collector.trace.v1.TraceService/Export"))
        {
            Content = new ByteArrayContent(new byte[5]),
        };
        http2.Content.Headers.ContentType = new("application/grpc");
        using var client = new HttpClient();
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await client.SendAsync(http2)).StatusCode);
    }

    [Fact]
    public async Task Beyond_the_places_and_the_waiting_room_a_sender_is_told_to_come_back()
    {
        using var admission = new OtlpAdmission(new() { MessagesAtOnceMax = 1, MessagesWaitingMax = 1 });
        Assert.True(await admission.EnterAsync(default));
        var waiting = admission.EnterAsync(default).AsTask();
        Assert.False(await admission.EnterAsync(default));
        admission.Leave();
        Assert.True(await waiting);
        using var gone = new CancellationTokenSource();
        var leaving = admission.EnterAsync(gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        var next = admission.EnterAsync(default).AsTask(); // The one that left has made room to wait.
        admission.Leave();
        Assert.True(await next);
    }

    private async Task<StatusCode> FailureAsync(byte[] message, string service = "trace.v1.TraceService", bool gzip = false, string? key = "right") =>
        (await Assert.ThrowsAsync<RpcException>(() => ExportAsync(message, service, gzip, key))).StatusCode;

    private async Task<byte[]> ExportAsync(byte[] message, string service = "trace.v1.TraceService", bool gzip = false, string? key = "right")
    {
        var bytes = new Marshaller<byte[]>(b => b, b => b);
        var method = new Method<byte[], byte[]>(MethodType.Unary, $"opentelemetry.proto.collector.{service}", "Export", bytes, bytes);
        var metadata = new Metadata();
        if (gzip)
        {
            metadata.Add("grpc-internal-encoding-request", "gzip");
        }

        if (key is not null)
        {
            metadata.Add(OtlpOptions.ApiKeyHeader, key);
        }

        return await _channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(metadata), message);
    }
}

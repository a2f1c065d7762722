using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Otlp.Wire;
using RpcStatus = KvStore.Dashboard.Otlp.Wire.Status;

namespace KvStore.Tests.Dashboard;

/// <summary>Senders that are slow, or many, or send what unfolds: each is told so, and keeps nobody's place.</summary>
public sealed class OtlpLimitTests : IAsyncDisposable
{
    private static readonly HttpClient Client = new();
    private readonly List<IDisposable> _open = [];
    private OtlpServer? _server;

    public async ValueTask DisposeAsync()
    {
        _open.ForEach(open => open.Dispose());
        if (_server is not null)
        {
            await _server.DisposeAsync();
            Assert.Empty(_server.Errors);
        }
    }

    [Fact]
    public async Task A_slow_sender_over_HTTP_is_timed_out_and_its_place_is_free_again()
    {
        _server = await OtlpServer.StartAsync(new() { MessagesAtOnceMax = 1, ReadTimeout = TimeSpan.FromMilliseconds(200) });

        var slow = await BeginAsync(contentLength: 100);
        Assert.StartsWith("HTTP/1.1 408 ", await slow.ReadLineAsync(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await PostAsync([])).StatusCode);
    }

    [Fact]
    public async Task A_slow_sender_over_gRPC_is_aborted_and_its_place_is_free_again()
    {
        _server = await OtlpServer.StartAsync(new() { MessagesAtOnceMax = 1, ReadTimeout = TimeSpan.FromMilliseconds(200) });
        var never = new TaskCompletionSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Grpc, "/opentelemetry.proto.collector.trace.v1.TraceService/Export"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new EndlessContent(never.Task),
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => Client.SendAsync(request));

        never.SetResult();
        await ExportAsync([]);
    }

    [Fact]
    public async Task Who_comes_when_all_places_to_wait_are_taken_is_told_to_come_back()
    {
        _server = await OtlpServer.StartAsync(new() { MessagesAtOnceMax = 1, MessagesWaitingMax = 1, ReadTimeout = TimeSpan.FromMinutes(5) });
        var body = WireMessages.Traces(WireMessages.Span()).ToByteArray();
        Sender[] senders = [await BeginAsync(body.Length), await BeginAsync(body.Length)];
        await Eventually.HoldsAsync("one that is served and one that waits", () => Task.FromResult(_server.Admission.Waiting == 1));

        var refused = await PostAsync(body);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Equal(RpcCode.Unavailable, RpcStatus.Parser.ParseFrom(await refused.Content.ReadAsByteArrayAsync()).Code);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => ExportAsync(body))).StatusCode);
        Assert.Equal(0, _server.Traces.Counters.Received);

        foreach (var sender in senders)
        {
            await sender.Stream.WriteAsync(body);
        }

        foreach (var sender in senders)
        {
            Assert.StartsWith("HTTP/1.1 200 ", await sender.ReadLineAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(body)).StatusCode);
        Assert.Equal(3, _server.Traces.Counters.Received);
    }

    [Theory]
    [InlineData(1)] // ResourceSpans, two bytes each.
    [InlineData(2)] // ScopeSpans within one of them.
    [InlineData(3)] // Spans within one of those.
    public async Task A_message_of_a_great_many_empty_ones_is_refused_before_it_unfolds(int depth)
    {
        _server = await OtlpServer.StartAsync(new() { SubMessagesMax = 1_000 });
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(Empties(1_000 - (depth - 1), depth))).StatusCode);

        var tooMany = Empties(1_001, depth);
        await AssertTooManyAsync(await PostAsync(tooMany));
        await AssertTooManyAsync(await PostAsync(Zip(tooMany), encoding: "gzip"));
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => ExportAsync(tooMany))).StatusCode);

        // Nothing hides what comes after it: no field that is unknown, and no group.
        await AssertTooManyAsync(await PostAsync([0xF8, 0x07, 0x01, .. tooMany]));
        await AssertTooManyAsync(await PostAsync([0xFB, 0x07, 0xFC, 0x07, .. tooMany]));
    }

    [Theory]
    [InlineData("""{"resourceSpans":[""", "{}", "]}")]
    [InlineData("""{"unknown":[""", "[]", "]}")]
    [InlineData("""{"unknown":[""", "1", "]}")]
    public async Task The_same_in_JSON_is_refused_too(string before, string part, string after)
    {
        _server = await OtlpServer.StartAsync(new() { SubMessagesMax = 1_000 });
        Assert.Equal(HttpStatusCode.OK, (await PostJsonAsync(1_000)).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostJsonAsync(5_000)).StatusCode);

        Task<HttpResponseMessage> PostJsonAsync(int parts) =>
            PostAsync(Encoding.UTF8.GetBytes($"{before}{string.Join(',', Enumerable.Repeat(part, parts))}{after}"), "application/json");
    }

    [Fact]
    public void What_an_exporter_sends_at_once_is_far_from_the_limit()
    {
        var span = WireMessages.Span();
        span.Attributes.AddRange(Enumerable.Range(0, 20).Select(i => WireMessages.Text($"{i}", "value")));
        var bytes = WireMessages.Traces([.. Enumerable.Repeat(span, 1_000)]).ToByteArray();

        // Of the resource three messages and two for each of its attributes, of a span one and two for each of its attributes.
        var within = 1 + 1 + 1 + 1 + (2 * 2) + (1_000 * (1 + (2 * 20)));
        Assert.False(SubMessages.AreMoreThan(within, bytes, ExportTraceServiceRequest.Descriptor));
        Assert.True(SubMessages.AreMoreThan(within - 1, bytes, ExportTraceServiceRequest.Descriptor));
        Assert.True(within < new OtlpOptions().SubMessagesMax / 2);
    }

    private static byte[] Empties(int count, int depth)
    {
        var tag = (byte)(depth == 1 ? 0x0A : 0x12); // The first field, or the second: scope_spans and spans.
        byte[] bytes = [.. Enumerable.Repeat(new byte[] { tag, 0 }, count).SelectMany(pair => pair)];
        for (var level = depth - 1; level > 0; level--)
        {
            using var outer = new MemoryStream();
            using (var writer = new CodedOutputStream(outer, leaveOpen: true))
            {
                writer.WriteRawTag((byte)(level == 1 ? 0x0A : 0x12));
                writer.WriteBytes(ByteString.CopyFrom(bytes));
            }

            bytes = outer.ToArray();
        }

        return bytes;
    }

    private static byte[] Zip(byte[] body)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return zipped.ToArray();
    }

    private static async Task AssertTooManyAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(RpcCode.ResourceExhausted, RpcStatus.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).Code);
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string contentType = "application/x-protobuf", string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new(contentType);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return await Client.PostAsync(new Uri(_server!.Http, "/v1/traces"), content);
    }

    private async Task ExportAsync(byte[] message)
    {
        using var channel = GrpcChannel.ForAddress(_server!.Grpc);
        var bytes = new Marshaller<byte[]>(b => b, b => b);
        var method = new Method<byte[], byte[]>(MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export", bytes, bytes);
        await channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, message);
    }

    // A request whose body does not come.
    private async Task<Sender> BeginAsync(int contentLength)
    {
        var socket = new TcpClient();
        _open.Add(socket);
        await socket.ConnectAsync(IPAddress.Loopback, _server!.Http.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/traces HTTP/1.1\r\nHost: {_server.Http.Authority}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {contentLength}\r\n\r\n"));
        return new Sender(socket.GetStream());
    }

    private sealed record Sender(NetworkStream Stream)
    {
        public async Task<string?> ReadLineAsync()
        {
            using var reader = new StreamReader(Stream, leaveOpen: true);
            return await reader.ReadLineAsync();
        }
    }

    // The beginning of a gRPC message, and then nothing.
    private sealed class EndlessContent : HttpContent
    {
        private readonly Task _end;

        public EndlessContent(Task end)
        {
            _end = end;
            Headers.ContentType = new("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 0, 100, 1 });
            await stream.FlushAsync();
            await _end;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

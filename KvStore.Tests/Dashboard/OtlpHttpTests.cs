using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

public sealed class OtlpHttpTests : IAsyncLifetime
{
    private const string Protobuf = "application/x-protobuf";
    private static readonly HttpClient Client = new();
    private OtlpServer _server = null!;

    public async Task InitializeAsync() => _server = await OtlpServer.StartAsync(new() { MessageBytesMax = 1 << 20 });

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Assert.Empty(_server.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_span_arrives_whole_zipped_or_not(bool gzip)
    {
        var span = WireMessages.Span();
        span.ParentSpanId = ByteString.CopyFrom(1, 2, 3, 4, 5, 6, 7, 8);
        span.Attributes.Add(new KeyValue { Key = "kvstore.lsn", Value = new() { IntValue = 17 } });
        span.Attributes.Add(new KeyValue { Key = "ratio", Value = new() { DoubleValue = 0.5 } });
        span.Attributes.Add(new KeyValue { Key = "ok", Value = new() { BoolValue = true } });
        span.Attributes.Add(new KeyValue
        {
            Key = "list",
            Value = new() { ArrayValue = new() { Values = { new AnyValue { StringValue = "a" }, new AnyValue { IntValue = 2 } } } },
        });
        span.Attributes.Add(WireMessages.Text("long", new string('x', 10_000)));
        span.Attributes.Add(new KeyValue { Key = "none" });
        span.Events.Add(new Span.Types.Event { Name = "quorum reached", TimeUnixNano = 1_700_000_000_123_457_000 });
        span.Links.Add(new Span.Types.Link { TraceId = WireMessages.TraceId, SpanId = WireMessages.SpanId });
        span.Status = new() { Code = KvStore.Dashboard.Otlp.Wire.SpanStatus.Types.StatusCode.Error, Message = "late" };

        var response = await SendAsync("/v1/traces", WireMessages.Traces(span).ToByteArray(), gzip: gzip);
        Assert.Equal((HttpStatusCode.OK, Protobuf), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Null(ExportTraceServiceResponse.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).PartialSuccess);

        var stored = Assert.Single(_server.Traces.Find("0102030405060708090a0b0c0d0e0f10")!.Spans);
        Assert.Equal(("a1a2a3a4a5a6a7a8", "0102030405060708", "POST /keys", SpanKind.Server), (stored.SpanId, stored.ParentSpanId, stored.Name, stored.Kind));
        Assert.Equal(("leader", "one", "KvStore.Node"), (stored.Resource.Name, stored.Resource.InstanceId, stored.ScopeName));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).AddTicks(1_234_567), stored.Start);
        Assert.Equal(TimeSpan.FromTicks(12), stored.Duration);
        Assert.Equal((KvStore.Dashboard.Telemetry.SpanStatus.Error, "late"), (stored.Status, stored.StatusMessage));
        Assert.Equal(
            [("kvstore.lsn", "17"), ("ratio", "0.5"), ("ok", "true"), ("list", "[a, 2]"), ("long", new string('x', 4_095) + "…"), ("none", "")],
            stored.Attributes.Select(a => (a.Key, a.Value)));
        Assert.Equal(("quorum reached", stored.Start.AddTicks(3)), (stored.Events[0].Name, stored.Events[0].At));
        Assert.Equal("0102030405060708090a0b0c0d0e0f10", stored.Links[0].TraceId);
    }

    [Fact]
    public async Task Json_has_hexadecimal_ids_and_is_answered_in_json()
    {
        const string Body =
            """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"leader"}}]},"scopeSpans":[{"spans":[
            {"traceId":"0102030405060708090A0B0C0D0E0F10","spanId":"a1a2a3a4a5a6a7a8","parentSpanId":"","name":"POST /keys","kind":2,"flags":257,
            "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000000000001000,"attributes":[{"key":"kvstore.lsn","value":{"intValue":"17"}}]}]}]}]}
            """;
        var response = await SendAsync("/v1/traces", Encoding.UTF8.GetBytes(Body), "application/json; charset=utf-8");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var span = Assert.Single(_server.Traces.Find("0102030405060708090a0b0c0d0e0f10")!.Spans);
        Assert.Equal(("a1a2a3a4a5a6a7a8", null, "17"), (span.SpanId, span.ParentSpanId, span.Attribute("kvstore.lsn")));
        Assert.Equal(TimeSpan.FromMicroseconds(1), span.Duration);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("{\"resourceSpans\":7}")]
    [InlineData("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"not hex\"}]}]}]}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public async Task Malformed_json_is_refused_in_json(string body)
    {
        var response = await SendAsync("/v1/traces", Encoding.UTF8.GetBytes(body), "application/json");
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(RpcCode.InvalidArgument, JsonParser.Default.Parse<Status>(text).Code);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/traces")]
    [InlineData("/v1/logs")]
    [InlineData("/v1/metrics")]
    public async Task Malformed_protobuf_is_refused_with_a_status(string path)
    {
        await AssertRefusedAsync(await SendAsync(path, [0x0A, 0xFF, 0xFF, 0xFF]), HttpStatusCode.BadRequest, RpcCode.InvalidArgument);
        await AssertRefusedAsync(await SendAsync(path, [1, 2, 3], gzip: null), HttpStatusCode.BadRequest, RpcCode.InvalidArgument);
        await AssertRefusedAsync(await SendAsync(path, Nested(2_000)), HttpStatusCode.BadRequest, RpcCode.InvalidArgument);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(path, [])).StatusCode);
    }

    [Fact]
    public async Task Random_bytes_and_broken_messages_never_crash_it()
    {
        var random = new Random(7);
        var valid = WireMessages.Traces([.. Enumerable.Range(0, 20).Select(i => WireMessages.Span($"{i}"))]).ToByteArray();
        for (var i = 0; i < 300; i++)
        {
            var body = i % 2 == 0 ? new byte[random.Next(1, 200)] : [.. valid];
            for (var change = 0; change < (i % 2 == 0 ? body.Length : 5); change++)
            {
                body[random.Next(body.Length)] = (byte)random.Next(256);
            }

            var path = (i % 3) switch { 0 => "/v1/traces", 1 => "/v1/logs", _ => "/v1/metrics" };
            var response = await SendAsync(path, body);
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"round {i}: {response.StatusCode}");
        }

        Assert.Equal(_server.Traces.Query(new()).Stored, _server.Traces.Query(new() { Text = "0" }).Stored);
    }

    [Fact]
    public async Task Too_large_is_refused_before_and_after_unzipping_and_without_a_length()
    {
        var large = new byte[(1 << 20) + 1];
        await AssertRefusedAsync(await SendAsync("/v1/traces", large), HttpStatusCode.RequestEntityTooLarge, RpcCode.ResourceExhausted);
        await AssertRefusedAsync(await SendAsync("/v1/traces", new byte[50 << 20], gzip: true), HttpStatusCode.RequestEntityTooLarge, RpcCode.ResourceExhausted);

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Http, "/v1/traces")) { Content = new ByteArrayContent(large) };
        request.Content.Headers.ContentType = new(Protobuf);
        request.Headers.TransferEncodingChunked = true;
        await AssertRefusedAsync(await Client.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, RpcCode.ResourceExhausted);
    }

    [Fact]
    public async Task Another_content_type_encoding_or_method_is_refused()
    {
        await AssertRefusedAsync(await SendAsync("/v1/traces", [], "text/plain"), HttpStatusCode.UnsupportedMediaType, RpcCode.InvalidArgument);
        using var brotli = new ByteArrayContent([]);
        brotli.Headers.ContentType = new(Protobuf);
        brotli.Headers.ContentEncoding.Add("br");
        await AssertRefusedAsync(
            await Client.PostAsync(new Uri(_server.Http, "/v1/traces"), brotli), HttpStatusCode.UnsupportedMediaType, RpcCode.InvalidArgument);
        var get = await Client.GetAsync(new Uri(_server.Http, "/v1/logs"));
        await AssertRefusedAsync(get, HttpStatusCode.MethodNotAllowed, RpcCode.Unimplemented);
        Assert.Equal("POST", Assert.Single(get.Content.Headers.Allow));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("right ", HttpStatusCode.OK)] // HTTP itself takes the space away.
    [InlineData("right", HttpStatusCode.OK)]
    public async Task The_key_decides(string? key, HttpStatusCode expected)
    {
        await using var server = await OtlpServer.StartAsync(new() { ApiKey = "right" });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Http, "/v1/traces"))
        {
            Content = new ByteArrayContent(WireMessages.Traces(WireMessages.Span()).ToByteArray()),
        };
        request.Content.Headers.ContentType = new(Protobuf);
        if (key is not null)
        {
            request.Headers.Add(OtlpOptions.ApiKeyHeader, key);
        }

        var response = await Client.SendAsync(request);
        if (expected == HttpStatusCode.OK)
        {
            Assert.Equal(expected, response.StatusCode);
            Assert.Equal(1, server.Traces.Counters.Stored);
            return;
        }

        await AssertRefusedAsync(response, expected, RpcCode.Unauthenticated);
        Assert.Equal(0, server.Traces.Counters.Received);
    }

    [Fact]
    public async Task Invalid_spans_are_rejected_alone()
    {
        var noTraceId = WireMessages.Span();
        noTraceId.TraceId = ByteString.CopyFrom(new byte[16]);
        var shortSpanId = WireMessages.Span();
        shortSpanId.SpanId = ByteString.CopyFrom(1, 2);
        var response = await SendAsync("/v1/traces", WireMessages.Traces(noTraceId, WireMessages.Span(), shortSpanId).ToByteArray());

        var answer = ExportTraceServiceResponse.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(2, answer.PartialSuccess.RejectedSpans);
        Assert.NotEmpty(answer.PartialSuccess.ErrorMessage);
        Assert.Equal((3L, 1, 2L), (_server.Traces.Counters.Received, _server.Traces.Counters.Stored, _server.Traces.Counters.Refused));
    }

    [Fact]
    public async Task Invalid_points_and_kinds_that_are_not_taken_are_rejected_alone()
    {
        var histogram = new Histogram
        {
            DataPoints =
            {
                new HistogramDataPoint { TimeUnixNano = 1, BucketCounts = { 1, 2 }, ExplicitBounds = { 1, 2 } },
                new HistogramDataPoint { TimeUnixNano = 1, BucketCounts = { 1, 2, 3 }, ExplicitBounds = { 2, 1 } },
                new HistogramDataPoint { TimeUnixNano = 1, BucketCounts = { 1, 2, 3 }, ExplicitBounds = { 1, 2 } },
            },
        };
        var request = new ExportMetricsServiceRequest
        {
            ResourceMetrics =
            {
                new ResourceMetrics
                {
                    ScopeMetrics =
                    {
                        new ScopeMetrics
                        {
                            Metrics =
                            {
                                new Metric { Name = "histogram", Histogram = histogram },
                                new Metric { Name = "summary", Summary = new() { DataPoints = { new CountedOnly.Types.Nothing() } } },
                                new Metric { Name = "gauge", Gauge = new() { DataPoints = { new NumberDataPoint { TimeUnixNano = 5, AsInt = 3 } } } },
                            },
                        },
                    },
                },
            },
        };
        var response = await SendAsync("/v1/metrics", request.ToByteArray());
        var answer = ExportMetricsServiceResponse.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(3, answer.PartialSuccess.RejectedDataPoints);
        Assert.Equal(["gauge", "histogram"], _server.Metrics.Instruments().Select(i => i.Name));
        Assert.Equal("unknown_service", Assert.Single(_server.Resources.Names()));
    }

    [Fact]
    public async Task Each_port_answers_its_own_alone()
    {
        Assert.Equal("a page", await Client.GetStringAsync(_server.Page));
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync(_server.Http)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(_server.Page)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(_server.Http)).StatusCode);

        using var http2 = new HttpRequestMessage(HttpMethod.Get, _server.Grpc) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpStatusCode.NotFound, (await Client.SendAsync(http2)).StatusCode);

        // Also by another Host than the port's own.
        using var lying = new HttpRequestMessage(HttpMethod.Get, _server.Http);
        lying.Headers.Host = _server.Page.Authority;
        Assert.Equal(HttpStatusCode.NotFound, (await Client.SendAsync(lying)).StatusCode);

        async Task<HttpResponseMessage> PostAsync(Uri to)
        {
            var content = new ByteArrayContent([]);
            content.Headers.ContentType = new(Protobuf);
            return await Client.PostAsync(new Uri(to, "/v1/traces"), content);
        }
    }

    // A value within a value within a value, which a careless reader follows to the end of its stack.
    private static byte[] Nested(int depth)
    {
        var value = new AnyValue { StringValue = "x" };
        for (var i = 0; i < depth; i++)
        {
            value = new AnyValue { ArrayValue = new() { Values = { value } } };
        }

        var bytes = value.ToByteArray();
        foreach (var tag in new byte[] { 0x12, 0x0A, 0x0A, 0x0A }) // KeyValue.value, Resource.attributes, resource, the first field of all three messages.
        {
            var length = new byte[5];
            for (var (i, rest) = (0, (uint)bytes.Length); i < 5; i++, rest >>= 7)
            {
                length[i] = (byte)((rest & 0x7F) | (i < 4 ? 0x80u : 0));
            }

            bytes = [tag, .. length, .. bytes];
        }

        return bytes;
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, int code)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal((status, Protobuf), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var read = Status.Parser.ParseFrom(body);
        Assert.Equal(code, read.Code);
        Assert.NotEmpty(read.Message);
    }

    /// <param name="gzip">Null says that the body is zipped, and sends it as it is.</param>
    private async Task<HttpResponseMessage> SendAsync(string path, byte[] body, string contentType = Protobuf, bool? gzip = false)
    {
        using var content = new ByteArrayContent(gzip == true ? Zip(body) : body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (gzip != false)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        return await Client.PostAsync(new Uri(_server.Http, path), content);
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
}

using System.Diagnostics;
using KvStore.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;

namespace KvStore.Tests.ServiceDefaults;

public sealed partial class TelemetryExportTests
{
    // By default traces are limited to a rate, and every sampler of this process counts the requests to other tests' nodes too.
    private const string EveryTrace = "parentbased_traceidratio";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Both_destinations_receive_all_signals_and_neither_sees_the_others_headers(string protocol)
    {
        await using var first = await OtlpReceiver.StartAsync();
        await using var second = await OtlpReceiver.StartAsync();
        await using (var service = await StartAsync(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = first.Endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-otlp-api-key=first",
            ["KVSTORE_OTLP_ENDPOINT"] = protocol == "grpc" ? second.GrpcEndpoint : second.Endpoint + "/",
            ["KVSTORE_OTLP_PROTOCOL"] = protocol,
            ["KVSTORE_OTLP_HEADERS"] = "x-own-key=second",
            ["OTEL_SERVICE_NAME"] = "leader",
            ["OTEL_TRACES_SAMPLER"] = EveryTrace,
        }))
        {
            await GetAsync(service, "/hello");
        }

        foreach (var receiver in new[] { first, second })
        {
            var spans = await receiver.WaitForTraceAsync(HasServerSpan("/hello"), Deadline);
            Assert.All(spans, span => Assert.Equal("leader", span.ServiceName));
            await receiver.WaitForAsync(() => receiver.Metrics.Any(m => m.Name == "http.server.request.duration"), Deadline);
            await receiver.WaitForAsync(() => receiver.Logs.Any(l => l is { Body: "Said hello", ServiceName: "leader" }), Deadline);
            Assert.Contains(receiver.Logs, log => log.Body == "Said hello" && log.TraceId == spans[0].TraceId);
        }

        Assert.All(first.Requests, request => Assert.Equal("first", request.Headers["x-otlp-api-key"]));
        Assert.All(first.Requests, request => Assert.DoesNotContain("x-own-key", request.Headers.Keys));
        Assert.All(second.Requests, request => Assert.Equal("second", request.Headers["x-own-key"]));
        Assert.All(second.Requests, request => Assert.DoesNotContain("x-otlp-api-key", request.Headers.Keys));
    }

    [Fact]
    public async Task Two_variables_with_one_address_export_once()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var service = await StartAsync(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["KVSTORE_OTLP_ENDPOINT"] = receiver.Endpoint + "/",
            ["KVSTORE_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_TRACES_SAMPLER"] = EveryTrace,
        }))
        {
            await GetAsync(service, "/hello");
        }

        Assert.Single(receiver.Spans, span => HasServerSpan("/hello")([span]));
        Assert.Single(receiver.Logs, log => log.Body == "Said hello");
    }

    [Fact]
    public async Task Probes_scrapes_and_replication_leave_no_span()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        int port;
        await using (var service = await StartAsync(Own(receiver)))
        {
            port = service.Port;
            foreach (var path in new[] { "/health", "/alive", "/metrics", "/replicate", "/replicate/greeting", "/fan-out", "/hello" })
            {
                await GetAsync(service, path);
            }
        }

        var paths = receiver.Spans
            .Where(span => span.Attributes.TryGetValue("server.port", out var value) && Equals(value, (long)port))
            .Select(span => (span.Kind, span.Attributes.GetValueOrDefault("url.path") ?? new Uri((string)span.Attributes["url.full"]!).AbsolutePath));
        Assert.Equal(
            [(ActivityKind.Client, "/hello"), (ActivityKind.Server, "/fan-out"), (ActivityKind.Server, "/hello"), (ActivityKind.Server, "/hello")],
            paths.OrderBy(p => p.Kind == ActivityKind.Client ? 0 : 1).ThenBy(p => (string)p.Item2, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("follower1", null, "follower1")]
    [InlineData("follower1", "leader", "leader")]
    public async Task The_service_name_is_the_node_id_unless_OTEL_SERVICE_NAME_says_otherwise(string nodeId, string? serviceName, string expected)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var variables = Own(receiver);
        variables["NODE_ID"] = nodeId;
        variables["OTEL_SERVICE_NAME"] = serviceName;
        await using (var service = await StartAsync(variables))
        {
            await GetAsync(service, "/hello");
        }

        Assert.All(receiver.Logs, log => Assert.Equal(expected, log.ServiceName));
        Assert.NotEmpty(receiver.Logs);
    }

    [Fact]
    public async Task Without_a_destination_nothing_traces()
    {
        await using var service = await StartAsync([]);

        Assert.Null(service.Services.GetService<TracerProvider>());
    }

    [Fact]
    public void Every_refused_variable_is_named_in_one_message()
    {
        var builder = TestService.Builder(new() { ["KVSTORE_OTLP_ENDPOINT"] = "dashboard:4317", ["KVSTORE_OTLP_PROTOCOL"] = "json" });

        var error = Assert.Throws<OptionsValidationException>(builder.AddServiceDefaults);

        Assert.Contains("KVSTORE_OTLP_ENDPOINT is 'dashboard:4317', allowed is an absolute address such as http://localhost:4317.", error.Message);
        Assert.Contains("KVSTORE_OTLP_PROTOCOL is 'json', allowed is one of grpc, http/protobuf.", error.Message);
    }

    private static Dictionary<string, string?> Own(OtlpReceiver receiver) => new()
    {
        ["KVSTORE_OTLP_ENDPOINT"] = receiver.Endpoint,
        ["KVSTORE_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_TRACES_SAMPLER"] = EveryTrace,
    };

    private static Func<IReadOnlyList<ReceivedSpan>, bool> HasServerSpan(string path) =>
        spans => spans.Any(span => span.Kind == ActivityKind.Server && Equals(span.Attributes.GetValueOrDefault("url.path"), path));

    private static Task<TestService> StartAsync(Dictionary<string, string?> variables) => TestService.StartAsync(variables, map: app =>
    {
        // No other test has this path: the services of all of them are in one process, and each hears the spans of all.
        app.MapGet("/hello", (ILoggerFactory loggers) =>
        {
            SaidHello(loggers.CreateLogger("KvStore.Tests"));
            return "hello";
        });
        app.MapGet("/replicate/{**rest}", () => "replicated");
        app.MapGet("/fan-out", async (IHttpClientFactory clients) =>
        {
            using var client = clients.CreateClient();
            await client.GetStringAsync(app.Urls.First() + "/health");
            await client.GetStringAsync(app.Urls.First() + "/replicate");
            return await client.GetStringAsync(app.Urls.First() + "/hello");
        });
    });

    [LoggerMessage(1, LogLevel.Information, "Said hello")]
    private static partial void SaidHello(ILogger logger);

    private static async Task GetAsync(TestService service, string path)
    {
        // Without propagation, so that the request starts a trace whatever else listens in this process.
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        await client.GetStringAsync(service.Address + path);
    }
}

using KvStore.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;

namespace KvStore.Tests.ServiceDefaults;

/// <summary>How soon our own destination sees what happens, and what leads from its metrics to its traces.</summary>
public sealed class ExportPaceTests
{
    [Theory]
    [InlineData(null, null, null, 1_000, 1_000, 2_000)]
    [InlineData("7000", null, null, 7_000, 1_000, 2_000)]
    [InlineData(null, "8000", null, 1_000, 8_000, 2_000)]
    [InlineData(null, null, "9000", 1_000, 1_000, 9_000)]
    public async Task Our_own_destination_hears_every_second_or_two_unless_the_standard_variables_say_otherwise(
        string? traces, string? logs, string? metrics, int tracesMs, int logsMs, int metricsMs)
    {
        await using var service = await TestService.StartAsync(new()
        {
            ["KVSTORE_OTLP_ENDPOINT"] = "http://localhost:1",
            ["OTEL_BSP_SCHEDULE_DELAY"] = traces,
            ["OTEL_BLRP_SCHEDULE_DELAY"] = logs,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = metrics,
        });

        Assert.Equal(
            (tracesMs, logsMs, metricsMs),
            (Options<OtlpExporterOptions>(service, "kvstore-traces").BatchExportProcessorOptions.ScheduledDelayMilliseconds,
                Options<LogRecordExportProcessorOptions>(service, "kvstore-logs").BatchExportProcessorOptions.ScheduledDelayMilliseconds,
                Options<MetricReaderOptions>(service, "kvstore-metrics").PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("always_off", false)]
    public async Task A_measurement_of_a_sampled_request_leads_to_its_trace_unless_the_standard_variable_says_otherwise(string? filter, bool expected)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var service = await TestService.StartAsync(
            new() { ["KVSTORE_OTLP_ENDPOINT"] = receiver.GrpcEndpoint, ["OTEL_METRICS_EXEMPLAR_FILTER"] = filter },
            map: app => app.MapGet("/pace", () => "hello")))
        {
            using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
            await client.GetStringAsync(service.Address + "/pace");
        }

        // All was flushed when the service stopped.
        var spans = receiver.Spans.Select(span => new ReceivedLink(span.TraceId, span.SpanId)).ToList();
        var exemplars = receiver.Metrics.Where(metric => metric.Name == "http.server.request.duration").SelectMany(metric => metric.Exemplars).ToList();
        Assert.NotEmpty(spans);
        Assert.Equal(expected, exemplars.Intersect(spans).Any());
        Assert.True(expected || exemplars.Count == 0, "There are exemplars, which were switched off.");
    }

    private static T Options<T>(TestService service, string name) => service.Services.GetRequiredService<IOptionsMonitor<T>>().Get(name);
}

using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>A receiver that the OTEL_EXPORTER_OTLP_* variables say nothing about.</summary>
/// <param name="Endpoint">Its base address, without the path of a signal.</param>
/// <param name="Protocol">gRPC, or protobuf over HTTP.</param>
/// <param name="Headers">As in OTEL_EXPORTER_OTLP_HEADERS (<c>key=value,key=value</c>), or null.</param>
/// <param name="Pace">How often it is sent what there is.</param>
internal sealed record OtlpDestination(Uri Endpoint, OtlpExportProtocol Protocol, string? Headers, OtlpPace Pace)
{
    // Exporters flush when the service stops; a receiver that does not answer must not hold that up for long.
    private const int TimeoutMs = 3_000;

    // Named options, one name per signal, because options without a name are shared with the standard exporters.
    private const string Traces = "kvstore-traces";
    private const string Metrics = "kvstore-metrics";
    private const string Logs = "kvstore-logs";

    /// <summary>Adds an exporter per signal.</summary>
    public void AddTo(OpenTelemetryBuilder telemetry) => telemetry
        .WithTracing(tracing => tracing.AddOtlpExporter(Traces, options =>
        {
            Configure(options, "v1/traces");
            options.BatchExportProcessorOptions.ScheduledDelayMilliseconds = Pace.TracesMs ?? options.BatchExportProcessorOptions.ScheduledDelayMilliseconds;
        }))
        .WithMetrics(metrics => metrics.AddOtlpExporter(Metrics, (options, reader) =>
        {
            Configure(options, "v1/metrics");
            reader.TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                Pace.MetricsMs ?? reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds;
        }))
        .WithLogging(logging => logging.AddOtlpExporter(Logs, (options, processor) =>
        {
            Configure(options, "v1/logs");
            processor.BatchExportProcessorOptions.ScheduledDelayMilliseconds = Pace.LogsMs ?? processor.BatchExportProcessorOptions.ScheduledDelayMilliseconds;
        }));

    // The SDK fills every options object from OTEL_EXPORTER_OTLP_*, so each of those settings is set here: nothing of the first
    // destination, its API key least of all, may reach the second. Its certificates go with its HTTP client.
    private void Configure(OtlpExporterOptions options, string signalPath)
    {
        options.Endpoint = Protocol == OtlpExportProtocol.HttpProtobuf ? Append(signalPath) : Endpoint;
        options.Protocol = Protocol;
        options.Headers = Headers;
        options.TimeoutMilliseconds = TimeoutMs;
        options.Compression = OtlpExportCompression.None;
        options.HttpClientFactory = () => new HttpClient { Timeout = TimeSpan.FromMilliseconds(TimeoutMs) };
    }

    private Uri Append(string signalPath) => new($"{Endpoint.AbsoluteUri.TrimEnd('/')}/{signalPath}");
}

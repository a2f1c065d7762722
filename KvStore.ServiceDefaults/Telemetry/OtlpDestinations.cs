using KvStore.ServiceDefaults.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Where telemetry goes: the endpoint of the standard variables, and a second one of KvStore's own, which lets a dashboard of ours receive
/// beside whatever the standard variables already point at.
/// </summary>
/// <param name="Standard">Whether OTEL_EXPORTER_OTLP_ENDPOINT is set; the SDK reads it and what belongs to it.</param>
/// <param name="Own">The second destination; null when there is none, or when it is where the first one already points.</param>
internal sealed record OtlpDestinations(bool Standard, OtlpDestination? Own)
{
    // The names under which the SDK takes its HTTP clients from the factory when the protocol is http/protobuf.
    private static readonly string[] StandardClients = ["OtlpTraceExporter", "OtlpMetricExporter", "OtlpLogExporter"];

    private static readonly Dictionary<string, OtlpExportProtocol> Protocols = new()
    {
        ["grpc"] = OtlpExportProtocol.Grpc,
        ["http/protobuf"] = OtlpExportProtocol.HttpProtobuf,
    };

    /// <summary>Whether anybody receives anything.</summary>
    public bool Any => Standard || Own is not null;

    /// <summary>Reads both destinations.</summary>
    public static OtlpDestinations Read(Variables variables)
    {
        // The SDK passes over a standard variable that it cannot read; a person who set it should hear of that.
        var standardEndpoint = variables.HttpAddress("OTEL_EXPORTER_OTLP_ENDPOINT");
        variables.Choice("OTEL_EXPORTER_OTLP_PROTOCOL", Protocols, OtlpExportProtocol.Grpc);

        var ownEndpoint = variables.HttpAddress("KVSTORE_OTLP_ENDPOINT");
        var ownProtocol = variables.Choice("KVSTORE_OTLP_PROTOCOL", Protocols, OtlpExportProtocol.Grpc);
        var ownHeaders = variables.Text("KVSTORE_OTLP_HEADERS");

        var own = ownEndpoint is null || ownEndpoint == standardEndpoint ? null : new OtlpDestination(ownEndpoint, ownProtocol, ownHeaders, OtlpPace.Read(variables));
        return new(standardEndpoint is not null, own);
    }

    /// <summary>Adds one exporter per signal and destination.</summary>
    public void AddTo(OpenTelemetryBuilder telemetry)
    {
        if (Standard)
        {
            telemetry
                .WithTracing(tracing => tracing.AddOtlpExporter())
                .WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithLogging(logging => logging.AddOtlpExporter());
            KeepExportersPlain(telemetry.Services);
        }

        Own?.AddTo(telemetry);
    }

    // The exporters retry by themselves, and what their clients log would be exported, which is logged again.
    private static void KeepExportersPlain(IServiceCollection services)
    {
        foreach (var client in StandardClients)
        {
            services.AddHttpClient(client).WithoutResilience().RemoveAllLoggers();
        }
    }
}

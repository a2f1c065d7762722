using KvStore.ServiceDefaults.Configuration;
using KvStore.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry: metrics always, since Prometheus may ask for them; traces and logs only when somebody receives them.</summary>
internal static class TelemetryExtensions
{
    /// <summary>A service's own sources and meters are named <c>KvStore.…</c> and need no registration.</summary>
    private const string OwnPrefix = "KvStore.*";

    /// <summary>
    /// The most series that one instrument may have, far more than routes, followers and outcomes make. Each reader sets that many aside
    /// for every instrument, so the SDK's own 2,000 cost 10 MB per destination. Buckets come from the instruments' advice: a second view
    /// on an instrument would give it a second stream. (A view of the name "*" would have each start compile a regular expression.)
    /// </summary>
    private const int SeriesMax = 200;

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var variables = new Variables(builder.Configuration);
        var destinations = OtlpDestinations.Read(variables);
        var sampling = TraceSampling.Read(variables, TimeProvider.System);
        var fallbackName = variables.Text("NODE_ID") ?? builder.Environment.ApplicationName;
        variables.ThrowIfInvalid();

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, fallbackName))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(OwnPrefix)
                .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = SeriesMax })
                .AddPrometheusExporter());

        if (destinations.Any)
        {
            // What is sampled anyway marks measurements, so that a metric leads to traces. The SDK reads the variable only when nobody has chosen.
            if (variables.Text("OTEL_METRICS_EXEMPLAR_FILTER") is null)
            {
                telemetry.WithMetrics(metrics => metrics.SetExemplarFilter(ExemplarFilterType.TraceBased));
            }

            telemetry
                .WithTracing(tracing => tracing
                    .SetSampler(sampling.Sampler)
                    .AddAspNetCoreInstrumentation(http => http.Filter = sampling.RequestFilter)
                    .AddHttpClientInstrumentation(http => http.FilterHttpRequestMessage = UntracedPaths.Allow)
                    .AddSource(OwnPrefix))
                .WithLogging(configureBuilder: null, logging => logging.IncludeFormattedMessage = true);
            destinations.AddTo(telemetry);
            builder.Services.AddHostedService<LastExport>();
        }
    }

    public static void MapMetrics(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPrometheusScrapingEndpoint().ForProbes();

    // What comes later wins, so OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override the name and the instance id given here.
    private static void Describe(ResourceBuilder resource, string fallbackName) =>
        resource.Clear().AddService(fallbackName).AddTelemetrySdk().AddEnvironmentVariableDetector();
}

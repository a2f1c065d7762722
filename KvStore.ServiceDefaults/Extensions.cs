using KvStore.ServiceDefaults.Hosting;
using KvStore.ServiceDefaults.Http;
using KvStore.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of KvStore has in common: its life, its telemetry, its health and how it calls others.</summary>
public static class Extensions
{
    /// <summary>
    /// Adds the end of standard input as a stop signal, console logging, OpenTelemetry, health checks, service discovery and HTTP resilience.
    /// Call it first, so that a service whose starter dies stops even while it is still starting.
    /// </summary>
    /// <param name="builder">The builder of the service, a <c>WebApplicationBuilder</c> as a rule.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="OptionsValidationException">A variable has a value that is not allowed; the message names it, the value and what is allowed.</exception>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddStopOnStdinEof();
        builder.AddConsoleDefaults();
        builder.AddTelemetry();
        builder.AddHealth();
        builder.AddHttpClientDefaults();
        return builder;
    }

    /// <summary>Maps <c>/alive</c> (liveness), <c>/metrics</c> (Prometheus) and <c>/health</c> (readiness), in every environment.</summary>
    /// <param name="app">The application, built by a builder that <see cref="AddServiceDefaults{TBuilder}"/> was called on.</param>
    /// <param name="mapHealth">False when the service maps a <c>/health</c> of its own.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapDefaultEndpoints(this WebApplication app, bool mapHealth = true)
    {
        app.MapAlive();
        app.MapMetrics();
        if (mapHealth)
        {
            app.MapHealth();
        }

        return app;
    }
}

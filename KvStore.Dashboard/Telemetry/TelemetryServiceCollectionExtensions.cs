using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KvStore.Dashboard.Telemetry;

/// <summary>Adds the stores of telemetry to a service.</summary>
internal static class TelemetryServiceCollectionExtensions
{
    /// <summary>Adds <see cref="TelemetryResources"/>, <see cref="TraceStore"/>, <see cref="LogStore"/> and <see cref="MetricStore"/>, each once.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="limits">How much is kept.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddTelemetryStores(this IServiceCollection services, StoreLimits limits)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(limits);
        services.AddSingleton<TelemetryResources>();
        services.AddSingleton<TraceStore>();
        services.AddSingleton<LogStore>();
        services.AddSingleton<MetricStore>();
        return services;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Sends what telemetry is left when a service ends, and gives it a second. The SDK would do the same when it is disposed, and give each
/// signal five: a receiver that is not there, with retries on, as Aspire sets them, would hold a service up until it is killed.
/// </summary>
/// <remarks>It is added ahead of all other hosted services, so it is stopped after them.</remarks>
internal sealed class LastExport(IServiceProvider services) : IHostedService
{
    private const int LimitMs = 1_000;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(LimitMs), CancellationToken.None),
        Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(LimitMs), CancellationToken.None),
        Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(LimitMs), CancellationToken.None));
}

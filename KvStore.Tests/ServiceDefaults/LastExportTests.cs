using System.Collections.Concurrent;
using System.Diagnostics;
using KvStore.Tests.Api;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace KvStore.Tests.ServiceDefaults;

/// <summary>A service that ends sends what telemetry is left, and does not wait long for a receiver that is not there.</summary>
public sealed class LastExportTests
{
    [Fact]
    public async Task Each_signal_has_a_second_when_the_service_ends()
    {
        using var dead = new DeadAddress();
        var limits = new ConcurrentDictionary<string, int>();
        var service = await TestService.StartAsync(
            new() { ["KVSTORE_OTLP_ENDPOINT"] = dead.Url },
            builder =>
            {
                builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(new Ending<Activity>("traces", limits)));
                builder.Services.ConfigureOpenTelemetryLoggerProvider(logging => logging.AddProcessor(new Ending<LogRecord>("logs", limits)));
                builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddReader(new EndingReader(limits)));
            },
            _ => { });

        await service.DisposeAsync();

        Assert.Equal(["logs", "metrics", "traces"], limits.Keys.Order());
        Assert.All(limits.Values, limit => Assert.InRange(limit, 0, 1000)); // The SDK's own is five seconds.
    }

    private sealed class Ending<T>(string signal, ConcurrentDictionary<string, int> limits) : BaseProcessor<T>
    {
        protected override bool OnShutdown(int timeoutMilliseconds) => limits.TryAdd(signal, timeoutMilliseconds);
    }

    private sealed class EndingReader(ConcurrentDictionary<string, int> limits) : MetricReader
    {
        protected override bool OnShutdown(int timeoutMilliseconds) => limits.TryAdd("metrics", timeoutMilliseconds);
    }
}

using System.Collections.Concurrent;
using System.Net;
using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Dashboard;

/// <summary>The receiving part of the dashboard on free ports of a real server, with a page on a third.</summary>
internal sealed class OtlpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ErrorLog _errors = new();

    private OtlpServer(OtlpOptions options, StoreLimits limits)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(_errors);
        builder.Services.AddTelemetryStores(limits);
        builder.Services.AddOtlp(options);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.MapOtlp(Ports);
        _app.MapGet("/", () => "a page");
    }

    public OtlpPorts Ports { get; } = new();

    public Uri Grpc => Addresses[0];

    public Uri Http => Addresses[1];

    public Uri Page => Addresses[2];

    public TraceStore Traces => _app.Services.GetRequiredService<TraceStore>();

    public LogStore Logs => _app.Services.GetRequiredService<LogStore>();

    public MetricStore Metrics => _app.Services.GetRequiredService<MetricStore>();

    public OtlpAdmission Admission => _app.Services.GetRequiredService<OtlpAdmission>();

    public TelemetryResources Resources => _app.Services.GetRequiredService<TelemetryResources>();

    /// <summary>What was logged as an error.</summary>
    public IEnumerable<string> Errors => _errors.Messages;

    private List<Uri> Addresses => [.. _app.Services.GetRequiredService<IServer>().Features
        .GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(a => new Uri(a))];

    public static async Task<OtlpServer> StartAsync(OtlpOptions? options = null, StoreLimits? limits = null)
    {
        var server = new OtlpServer(options ?? new(), limits ?? new());
        await server._app.StartAsync();
        (server.Ports.Grpc, server.Ports.Http) = (server.Grpc.Port, server.Http.Port);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Messages { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Messages.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}

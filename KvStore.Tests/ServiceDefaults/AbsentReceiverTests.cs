using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KvStore.Tests.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.ServiceDefaults;

/// <summary>A receiver of our own that is not there, or does not answer, does no harm to the service.</summary>
public sealed class AbsentReceiverTests
{
    private const int Requests = 200;

    // Far beyond what stopping takes, and far below what it would take if each of the signals waited for the receiver in turn for long.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task One_that_refuses_connections_is_not_logged_about_and_does_not_hold_up_the_end(string protocol)
    {
        using var dead = new DeadAddress();
        await RunAsync(dead.Url, protocol);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task One_that_takes_connections_and_says_nothing_is_not_logged_about_and_does_not_hold_up_the_end(string protocol)
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(100); // The kernel completes the connections; nobody reads.
        await RunAsync($"http://{silent.LocalEndPoint}", protocol);
    }

    private static async Task RunAsync(string endpoint, string protocol)
    {
        using var seen = new SeenLogs();
        var service = await TestService.StartAsync(
            new()
            {
                ["KVSTORE_OTLP_ENDPOINT"] = endpoint,
                ["KVSTORE_OTLP_PROTOCOL"] = protocol,
                ["OTEL_BSP_SCHEDULE_DELAY"] = "1",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "1",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "1",
                ["OTEL_TRACES_SAMPLER"] = "traceidratio",
            },
            builder => builder.Logging.AddProvider(seen),
            app => app.MapGet("/absent", () => "hello"));
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        for (var i = 0; i < Requests; i++)
        {
            await client.GetStringAsync(service.Address + "/absent");
        }

        await service.DisposeAsync().AsTask().WaitAsync(Deadline);

        Assert.Empty(seen.Warnings);
    }

    // Warnings and worse, whoever logs them.
    private sealed class SeenLogs : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _warnings = new();

        public IReadOnlyCollection<string> Warnings => _warnings;

        public ILogger CreateLogger(string categoryName) => new Listener(categoryName, _warnings);

        public void Dispose()
        {
        }

        private sealed class Listener(string category, ConcurrentQueue<string> warnings) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    warnings.Enqueue($"{category}: {formatter(state, exception)}");
                }
            }
        }
    }
}

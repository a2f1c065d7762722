using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvStore.ServiceDefaults.Hosting;

/// <summary>Stops the application when the watched stream has ended, which may be before the application has started.</summary>
internal sealed partial class StopOnInputEnd : BackgroundService
{
    private readonly InputWatch _watch;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<StopOnInputEnd> _logger;

    public StopOnInputEnd(InputWatch watch, IHostApplicationLifetime lifetime, ILogger<StopOnInputEnd> logger)
    {
        _watch = watch;
        _lifetime = lifetime;
        _logger = logger;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reason = await _watch.Ended.WaitAsync(stoppingToken);
        Stopping(_logger, reason);
        _lifetime.StopApplication();
    }

    [LoggerMessage(1, LogLevel.Information, "Stopping: the process that started this service is gone (standard input: {Reason})")]
    private static partial void Stopping(ILogger logger, string reason);
}

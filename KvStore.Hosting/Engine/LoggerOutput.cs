using Microsoft.Extensions.Logging;

namespace KvStore.Hosting.Engine;

/// <summary>Writes to the loggers of a test: category <c>APPHOST.Resources.NAME</c> for what a resource prints.</summary>
internal sealed partial class LoggerOutput : IResourceOutput
{
    private readonly ILoggerFactory _loggers;
    private readonly string _appHostName;
    private readonly ILogger _appHostLogger;

    public LoggerOutput(ILoggerFactory loggers, string appHostName)
    {
        _loggers = loggers;
        _appHostName = appHostName;
        _appHostLogger = loggers.CreateLogger(appHostName);
    }

    public void WriteLine(string resourceName, string line, bool isError)
    {
        var logger = _loggers.CreateLogger($"{_appHostName}.Resources.{resourceName}");
        Log(logger, isError ? LogLevel.Error : LogLevel.Information, line);
    }

    public void Notify(string message) => Log(_appHostLogger, LogLevel.Warning, message);

    [LoggerMessage(EventId = 1, Message = "{Line}")]
    private static partial void Log(ILogger logger, LogLevel level, string line);
}

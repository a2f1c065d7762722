using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Integration;

/// <summary>Keeps what the nodes print, which the testing builder hands to loggers named after the resources.</summary>
internal sealed class ClusterLog : ILoggerProvider
{
    private const int LinesMax = 50_000;
    private readonly List<string> _lines = [];

    /// <summary>How many lines there are.</summary>
    public int Count
    {
        get
        {
            lock (_lines)
            {
                return _lines.Count;
            }
        }
    }

    /// <summary>The lines after the first <paramref name="count"/>.</summary>
    public IReadOnlyList<string> Since(int count)
    {
        lock (_lines)
        {
            return _lines[count..];
        }
    }

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName.Split('.')[^1]);

    /// <inheritdoc />
    public void Dispose()
    {
        // The lines outlive the application: a test may fail because of how it ended.
    }

    private void Add(string line)
    {
        lock (_lines)
        {
            if (_lines.Count < LinesMax)
            {
                _lines.Add(line);
            }
        }
    }

    private sealed class Logger(ClusterLog log, string source) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {source} | {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
    }
}

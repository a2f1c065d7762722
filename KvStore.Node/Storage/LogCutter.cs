using KvStore.Node.Telemetry;

namespace KvStore.Node.Storage;

/// <summary>
/// Cuts the log now and then, a piece at a time, on a thread of its own: what it frees is needed by nobody, so it must hold
/// up nobody.
/// </summary>
internal sealed class LogCutter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Func<bool> _cut;
    private readonly ILogger _logger;
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="cut">Cuts one piece; says whether there is more.</param>
    /// <param name="logger">Gets what goes wrong; the node says of itself that its disk failed.</param>
    public LogCutter(Func<bool> cut, ILogger logger)
    {
        (_cut, _logger) = (cut, logger);
        _thread = new Thread(Run) { Name = "log cutter", IsBackground = true, Priority = ThreadPriority.BelowNormal };
        using (ExecutionContext.SuppressFlow())
        {
            _thread.Start();
        }
    }

    /// <summary>Ends the thread after the piece that it is at.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
    }

    private void Run()
    {
        while (!_stop.Wait(Interval))
        {
            try
            {
                while (_cut() && !_stop.IsSet)
                {
                    // The next piece.
                }
            }
            catch (StorageException e)
            {
                _logger.CutFailed(e);
            }
        }
    }
}

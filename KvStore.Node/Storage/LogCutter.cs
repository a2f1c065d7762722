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
    private readonly Action<StorageException> _failed;
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="cut">Cuts one piece; says whether there is more.</param>
    /// <param name="failed">Is told that the storage failed; nothing is cut any more.</param>
    public LogCutter(Func<bool> cut, Action<StorageException> failed)
    {
        (_cut, _failed) = (cut, failed);
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
        try
        {
            while (!_stop.Wait(Interval))
            {
                while (_cut() && !_stop.IsSet)
                {
                    // The next piece.
                }
            }
        }
        catch (StorageException e)
        {
            _failed(e);
        }
    }
}

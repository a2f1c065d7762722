namespace KvStore.Node.Replication.Leader;

/// <summary>
/// A thread that sleeps until something is due, within a millisecond. A pool timer would come some milliseconds late, which
/// would be counted as overhead of every write that waits for it.
/// </summary>
internal sealed class DueClock : IDisposable
{
    private readonly AutoResetEvent _changed = new(false);
    private readonly Func<TimeSpan?> _passTime;
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="passTime">Does what is due now and says how long it is until the next; null for nothing planned.</param>
    public DueClock(Func<TimeSpan?> passTime)
    {
        _passTime = passTime;
        _thread = new Thread(Run) { Name = "simulated lag", IsBackground = true };
        using (ExecutionContext.SuppressFlow())
        {
            _thread.Start();
        }
    }

    /// <summary>Something may be due earlier than was known.</summary>
    public void Wake() => _changed.Set();

    /// <inheritdoc />
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _changed.Set();
        _thread.Join();
        _changed.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            var pause = _passTime();
            _changed.WaitOne(pause is { } p ? (int)Math.Ceiling(Math.Max(0, p.TotalMilliseconds)) : Timeout.Infinite);
        }
    }
}

namespace KvStore.Node.Replication.Leader;

/// <summary>Wakes the one loop that waits on it. Several signals before the loop comes round count as one.</summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private TaskCompletionSource? _waiting;
    private bool _isSet;

    /// <summary>Begins unset.</summary>
    public WakeSignal() => _timer = new Timer(signal => ((WakeSignal)signal!).Set(), this, Timeout.Infinite, Timeout.Infinite);

    /// <summary>Wakes the loop, now or when it next waits. It goes on in the caller's thread, which must hold no lock.</summary>
    public void Set()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            waiting = _waiting;
            _waiting = null;
            _isSet = waiting is null;
        }

        waiting?.SetResult();
    }

    /// <summary>
    /// Waits for <see cref="Set"/>, or until <paramref name="timeout"/> has passed (null: without limit). It may end early, so
    /// the loop looks again at what there is to do.
    /// </summary>
    public Task WaitAsync(TimeSpan? timeout)
    {
        Task woken;
        lock (_gate)
        {
            if (_isSet)
            {
                _isSet = false;
                return Task.CompletedTask;
            }

            _waiting = new TaskCompletionSource();
            woken = _waiting.Task;
        }

        if (timeout is { } limit)
        {
            _timer.Change((long)Math.Ceiling(limit.TotalMilliseconds), Timeout.Infinite);
        }

        return woken;
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();
}

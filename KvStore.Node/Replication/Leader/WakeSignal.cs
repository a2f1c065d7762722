namespace KvStore.Node.Replication.Leader;

/// <summary>Wakes the one loop that waits on it. Several signals before the loop comes round count as one.</summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(0);
    private int _set;

    /// <summary>Wakes the loop, now or when it next waits.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _set, 1) == 0)
        {
            _semaphore.Release();
        }
    }

    /// <summary>Waits for <see cref="Set"/>, or until <paramref name="timeout"/> has passed (null: without limit).</summary>
    public async Task WaitAsync(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (await _semaphore.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            Volatile.Write(ref _set, 0);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _semaphore.Dispose();
}

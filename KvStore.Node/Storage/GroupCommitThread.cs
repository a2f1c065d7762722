using System.Diagnostics;

namespace KvStore.Node.Storage;

/// <summary>How long a commit that could begin waits for more.</summary>
/// <param name="Items">It begins when so many wait.</param>
/// <param name="Limit">It begins at the latest after this.</param>
internal readonly record struct GatherGoal(int Items, TimeSpan Limit);

/// <summary>
/// Group commit: a thread that takes whatever came in while the last commit was under way and commits it as one. It is a
/// thread of its own because an fsync blocks.
/// </summary>
/// <typeparam name="T">What is committed.</typeparam>
internal sealed class GroupCommitThread<T> : IDisposable
{
    // A plain monitor: BlockingCollection spins before it blocks, which six nodes on few cores cannot afford.
    private readonly object _gate = new();
    private readonly Queue<T> _queue = new();
    private readonly Func<T, long> _bytesOf;
    private readonly Action<IReadOnlyList<T>> _commit;
    private readonly Limits _limits;
    private readonly Func<GatherGoal>? _gather;
    private readonly Thread _thread;
    private long _queuedBytes;
    private int _wakeAt = 1;
    private bool _isClosed;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name, for debuggers.</param>
    /// <param name="limits">How much may wait, and how much is committed at once.</param>
    /// <param name="bytesOf">The size of an item.</param>
    /// <param name="commit">Commits a batch and tells those who wait for it. What it throws ends the process.</param>
    /// <param name="gather">Asked when there is something to commit; without it a commit waits for nothing more.</param>
    public GroupCommitThread(string name, Limits limits, Func<T, long> bytesOf, Action<IReadOnlyList<T>> commit, Func<GatherGoal>? gather = null)
    {
        (_limits, _bytesOf, _commit, _gather) = (limits, bytesOf, commit, gather);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        using (ExecutionContext.SuppressFlow())
        {
            _thread.Start();
        }
    }

    /// <summary>How many items wait.</summary>
    public int QueueLength
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Hands an item over.</summary>
    /// <returns>False when the queue is full or closed; the item was not taken.</returns>
    public bool TryEnqueue(T item)
    {
        lock (_gate)
        {
            if (_isClosed || _queue.Count >= _limits.QueueMax)
            {
                return false;
            }

            _queue.Enqueue(item);
            _queuedBytes += _bytesOf(item);
            if (_queue.Count == _wakeAt || _queuedBytes >= _limits.BatchBytesMax)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Takes nothing more, commits what waits, and returns when the thread has ended.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        var batch = new List<T>();
        while (TryTake(batch))
        {
            _commit(batch);
            batch.Clear();
        }
    }

    // Waits for at least one item, and takes as many as one commit may have.
    private bool TryTake(List<T> batch)
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_isClosed)
            {
                Monitor.Wait(_gate);
            }

            if (_gather is not null && !_isClosed)
            {
                WaitForMore(_gather());
            }

            for (var bytes = 0L; batch.Count < _limits.BatchItemsMax && bytes < _limits.BatchBytesMax && _queue.TryDequeue(out var item);)
            {
                batch.Add(item);
                bytes += _bytesOf(item);
            }

            _queuedBytes = _queue.Count == 0 ? 0 : _queuedBytes - batch.Sum(_bytesOf);
            return batch.Count > 0;
        }
    }

    // The lock is held, and let go while it waits.
    private void WaitForMore(GatherGoal goal)
    {
        var startedAt = Stopwatch.GetTimestamp();
        _wakeAt = Math.Min(goal.Items, _limits.BatchItemsMax);
        while (_queue.Count < _wakeAt && _queuedBytes < _limits.BatchBytesMax && !_isClosed
            && goal.Limit - Stopwatch.GetElapsedTime(startedAt) is var left && left > TimeSpan.Zero)
        {
            Monitor.Wait(_gate, (int)Math.Ceiling(left.TotalMilliseconds));
        }

        _wakeAt = 1;
    }

    /// <summary>The limits of a commit thread (BOUNDED).</summary>
    /// <param name="QueueMax">Items that may wait.</param>
    /// <param name="BatchItemsMax">Items in one commit.</param>
    /// <param name="BatchBytesMax">Bytes in one commit, exceeded by at most the last item.</param>
    internal sealed record Limits(int QueueMax, int BatchItemsMax, long BatchBytesMax);
}

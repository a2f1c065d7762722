using System.Collections.Concurrent;

namespace KvStore.Node.Storage;

/// <summary>
/// Group commit: a thread that takes whatever came in while the last commit was under way and commits it as one. It is a
/// thread of its own because an fsync blocks.
/// </summary>
/// <typeparam name="T">What is committed.</typeparam>
internal sealed class GroupCommitThread<T> : IDisposable
{
    private readonly BlockingCollection<T> _queue;
    private readonly Func<T, long> _bytesOf;
    private readonly Action<IReadOnlyList<T>> _commit;
    private readonly Limits _limits;
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name, for debuggers.</param>
    /// <param name="limits">How much may wait, and how much is committed at once.</param>
    /// <param name="bytesOf">The size of an item.</param>
    /// <param name="commit">Commits a batch and tells those who wait for it. What it throws ends the process.</param>
    public GroupCommitThread(string name, Limits limits, Func<T, long> bytesOf, Action<IReadOnlyList<T>> commit)
    {
        (_limits, _bytesOf, _commit) = (limits, bytesOf, commit);
        _queue = new BlockingCollection<T>(limits.QueueMax);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        using (ExecutionContext.SuppressFlow())
        {
            _thread.Start();
        }
    }

    /// <summary>How many items wait.</summary>
    public int QueueLength => _queue.Count;

    /// <summary>Hands an item over.</summary>
    /// <returns>False when the queue is full or closed; the item was not taken.</returns>
    public bool TryEnqueue(T item)
    {
        try
        {
            return _queue.TryAdd(item);
        }
        catch (InvalidOperationException)
        {
            return false; // Closed between a caller's check and now: the node is stopping.
        }
    }

    /// <summary>Takes nothing more, commits what waits, and returns when the thread has ended.</summary>
    public void Dispose()
    {
        if (_queue.IsAddingCompleted)
        {
            return;
        }

        _queue.CompleteAdding();
        _thread.Join();
    }

    private void Run()
    {
        var batch = new List<T>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            batch.Add(first);
            var bytes = _bytesOf(first);
            while (batch.Count < _limits.BatchItemsMax && bytes < _limits.BatchBytesMax && _queue.TryTake(out var next))
            {
                batch.Add(next);
                bytes += _bytesOf(next);
            }

            _commit(batch);
            batch.Clear();
        }
    }

    /// <summary>The limits of a commit thread (BOUNDED).</summary>
    /// <param name="QueueMax">Items that may wait.</param>
    /// <param name="BatchItemsMax">Items in one commit.</param>
    /// <param name="BatchBytesMax">Bytes in one commit, exceeded by at most the last item.</param>
    internal sealed record Limits(int QueueMax, int BatchItemsMax, long BatchBytesMax);
}

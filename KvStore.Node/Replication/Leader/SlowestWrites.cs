namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The slowest writes of each window of ten seconds, over the last five minutes, whether they are sampled or not. Windows,
/// because a single list would show for ever the few that a bad moment once made.
/// </summary>
/// <remarks>Not synchronized. A write that is not among them costs a comparison.</remarks>
internal sealed class SlowestWrites(TimeProvider time)
{
    /// <summary>How long a window is.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>How many windows are kept.</summary>
    public const int WindowsMax = 30;

    /// <summary>How many writes a window keeps.</summary>
    public const int WritesPerWindow = 20;

    private readonly long _startedAt = time.GetTimestamp();
    private readonly Slot[] _slots = [.. Enumerable.Range(0, WindowsMax).Select(_ => new Slot())];

    /// <summary>Whether a write with this latency is among the slowest of the window that is now.</summary>
    public bool IsSlow(TimeSpan latency)
    {
        var slowest = Current().Slowest;
        return slowest.Count < WritesPerWindow || !slowest.TryPeek(out _, out var least) || latency > least;
    }

    /// <summary>Keeps a write in the window that is now, in place of the fastest there.</summary>
    public void Add(SlowWrite write)
    {
        var slowest = Current().Slowest;
        if (slowest.Count < WritesPerWindow)
        {
            slowest.Enqueue(write, write.Latency);
        }
        else
        {
            slowest.EnqueueDequeue(write, write.Latency);
        }
    }

    /// <summary>The slowest of all windows, slowest first.</summary>
    /// <param name="countMax">At most so many.</param>
    public IReadOnlyList<SlowWrite> Read(int countMax)
    {
        var oldest = WindowNow() - WindowsMax + 1;
        return [.. _slots.Where(slot => slot.Window >= oldest).SelectMany(slot => slot.Slowest.UnorderedItems)
            .OrderByDescending(item => item.Priority).ThenByDescending(item => item.Element.Lsn).Take(countMax).Select(item => item.Element)];
    }

    private long WindowNow() => time.GetElapsedTime(_startedAt).Ticks / Window.Ticks;

    private Slot Current()
    {
        var window = WindowNow();
        var slot = _slots[window % WindowsMax];
        if (slot.Window != window)
        {
            slot.Window = window;
            slot.Slowest.Clear();
        }

        return slot;
    }

    // The fastest of the kept ones comes first.
    private sealed class Slot
    {
        public long Window { get; set; } = -1;

        public PriorityQueue<SlowWrite, TimeSpan> Slowest { get; } = new(WritesPerWindow + 1);
    }
}

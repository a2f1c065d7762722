using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>What the API shows of one lane.</summary>
internal sealed record LaneStatus(
    Uri Address, LaneMode Mode, FollowerIdentity? Follower, FollowerProgress Progress, bool IsPaused, long Watermark, IReadOnlyList<LsnRange> Holdings,
    int InFlight, long LagEntries, long LagBytes, TimeSpan? SinceContact, string? LastError, string? Objection, long? SnapshotLsn, long SnapshotRows);

/// <summary>
/// The shell around <see cref="LeaderCore"/>: it feeds events in under one lock, wakes the lanes that have something to do,
/// and tells waiting writes of their quorum.
/// </summary>
internal sealed partial class Replicator : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LeaderCore _core;
    private readonly ReplicaStore _store;
    private readonly EntryRing _recent;
    private readonly IReadOnlyList<Uri> _addresses;
    private readonly AwaitedWrites _awaited = new();
    private readonly WakeSignal[] _lanes;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private volatile bool _isObjectedTo;
    private readonly TaskCompletionSource _everyLaneTried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins with the lanes in probe.</summary>
    public Replicator(LeaderCore core, ReplicaStore store, IReadOnlyList<Uri> addresses, long ringBytesMax, TimeProvider time)
    {
        (_core, _store, _addresses, _time, _startedAt) = (core, store, addresses, time, time.GetTimestamp());
        _recent = new EntryRing(ringBytesMax);
        _lanes = [.. addresses.Select(_ => new WakeSignal())];
    }

    /// <summary>Raised when something becomes due earlier than was known; see <see cref="PassTime"/>.</summary>
    public event Action? DueEarlier;

    /// <summary>Ends when every follower was asked once; see <see cref="LeaderCore.EveryLaneTried"/>.</summary>
    public Task EveryLaneTried => _everyLaneTried.Task;

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Reads the core's state.</summary>
    public T Read<T>(Func<LeaderCore, T> read)
    {
        lock (_gate)
        {
            return read(_core);
        }
    }

    /// <inheritdoc cref="LeaderCore.Objections"/>
    public IReadOnlyList<string> Objections() => _isObjectedTo ? Read(core => core.Objections.ToList()) : [];

    /// <inheritdoc cref="LeaderCore.Numbered"/>
    /// <param name="entries">The entries.</param>
    /// <param name="writes">Their writes.</param>
    /// <param name="areDurable">Whether the leader has them on its disk already.</param>
    /// <returns>False when they must be there first; see <see cref="LeaderCore.MaySendEarly"/>.</returns>
    public bool Numbered(IReadOnlyList<OutgoingEntry> entries, IReadOnlyList<PendingWrite> writes, bool areDurable)
    {
        TimeSpan? dueBefore, dueAfter;
        lock (_gate)
        {
            if (!areDurable && !_core.MaySendEarly)
            {
                return false;
            }

            _recent.Append(entries);
            dueBefore = _core.NextDue;
            for (var i = 0; i < entries.Count; i++)
            {
                var (write, entry) = (writes[i], entries[i]);
                write.Lsn = entry.Lsn;
                if (!write.IsAbandoned)
                {
                    _awaited.Add(write);
                }
            }

            _core.Numbered([.. entries.Select(entry => new NumberedEntry(entry.Lsn, entry.Delays))], Now);
            dueAfter = _core.NextDue;
        }

        if (dueAfter is not null && (dueBefore is null || dueAfter < dueBefore))
        {
            DueEarlier?.Invoke();
        }

        return true;
    }

    /// <inheritdoc cref="LeaderCore.Durable"/>
    public void Durable(IReadOnlyList<PendingWrite> writes)
    {
        List<(PendingWrite Write, QuorumReached Quorum)> completed;
        lock (_gate)
        {
            completed = Completed(
                _core.Durable([.. writes.Select(write => new DurableEntry(write.Lsn, write.WriteQuorum, IsAwaited: !write.IsAbandoned))]), lane: null);
        }

        Answer(completed);
    }

    /// <summary>Nobody knows whether writes that have their numbers are on the leader's disk: none of them awaits its quorum.</summary>
    public void CommitFailed(IReadOnlyList<PendingWrite> writes)
    {
        lock (_gate)
        {
            foreach (var write in writes)
            {
                write.IsAbandoned = true;
                _awaited.Remove(write);
            }
        }
    }

    /// <summary>Counts entries that are about to be appended.</summary>
    /// <returns>What the store keeps along with them: the commit LSN as of now, and the log's marks.</returns>
    public (long CommitLsn, IReadOnlyList<LogMark> Marks) Mark(IReadOnlyList<EncodedEntry> entries, DateTimeOffset committedAt)
    {
        var committedAtMs = committedAt.ToUnixTimeMilliseconds();
        lock (_gate)
        {
            List<LogMark>? marks = null;
            foreach (var entry in entries)
            {
                if (_core.Mark(entry.Lsn, entry.Bytes.Length, committedAtMs) is { } mark)
                {
                    (marks ??= []).Add(mark);
                }
            }

            return (_core.CommitLsn, marks ?? (IReadOnlyList<LogMark>)[]);
        }
    }

    /// <summary>A write turns out to be one that is in the log already: it waits for that one's quorum.</summary>
    public void AwaitEarlier(PendingWrite write, long lsn, int quorum)
    {
        int? replicatedTo;
        lock (_gate)
        {
            write.Lsn = lsn;
            if (write.IsAbandoned)
            {
                return;
            }

            replicatedTo = _core.Await(lsn, quorum);
            if (replicatedTo is null)
            {
                _awaited.Join(write);
            }
        }

        if (replicatedTo is { } count)
        {
            write.Complete(new WriteOutcome.Replicated(lsn, count));
        }
    }

    /// <summary>Nobody waits for the write any more.</summary>
    /// <returns>Its LSN, or null when the leader does not have it on disk yet, and how many followers hold it, if so.</returns>
    public (long? Lsn, int ReplicatedTo) StopAwaiting(PendingWrite write)
    {
        lock (_gate)
        {
            write.IsAbandoned = true;
            if (write.Lsn == 0)
            {
                return (null, 0);
            }

            var isLast = _awaited.Remove(write);
            if (write.Lsn > _core.LastLsn)
            {
                return (null, 0);
            }

            return (write.Lsn, isLast ? _core.StopAwaiting(write.Lsn) : _core.ReplicatedTo(write.Lsn));
        }
    }

    /// <summary>Goes on taking note of who confirms a write that has been answered.</summary>
    public void Watch(SlowWrite write)
    {
        lock (_gate)
        {
            _awaited.Watch(write, _core.Lanes, _time.GetTimestamp());
        }
    }

    /// <summary>An entry of the leader's log, from memory when it is recent; null when the log does not hold it.</summary>
    public OutgoingEntry? Find(long lsn) =>
        _recent.Find(lsn) ?? (_store.ReadEntryBytes(lsn) is { } stored ? OutgoingEntry.FromLog(lsn, stored) : null);

    /// <summary>An entry that is recent enough to be in memory.</summary>
    public OutgoingEntry? FindRecent(long lsn) => _recent.Find(lsn);

    /// <summary>The log from <paramref name="from"/> on, read as it is enumerated.</summary>
    public IEnumerable<OutgoingEntry> ReadLog(long from) => _store.ReadLogBytes(from).Select(entry => OutgoingEntry.FromLog(entry.Lsn, entry.Bytes));

    /// <summary>Sends what is due on its way.</summary>
    /// <returns>How long it is until the next; null for nothing planned.</returns>
    public TimeSpan? PassTime()
    {
        var woken = new HashSet<int>();
        TimeSpan? pause;
        lock (_gate)
        {
            var now = Now;
            _core.PassTime(now, woken);
            pause = _core.NextDue - now;
        }

        foreach (var lane in woken)
        {
            _lanes[lane].Set();
        }

        return pause;
    }

    /// <summary>Wakes every lane. They send in the caller's thread, which must hold no lock.</summary>
    public void WakeAll() => Array.ForEach(_lanes, signal => signal.Set());

    /// <summary>Cuts a part of the log that the limits, and the followers, let go.</summary>
    /// <returns>Whether there is more to cut.</returns>
    public bool CutLog()
    {
        long target;
        SnapshotSource? closed;
        lock (_gate)
        {
            target = _core.CutLog(_time.GetUtcNow().ToUnixTimeMilliseconds());
            closed = TakeUnwantedSnapshot();
        }

        closed?.Dispose();
        return _store.Cut(target);
    }

    /// <summary>Lets a lane send no entries, or send again.</summary>
    public void SetPaused(int lane, bool isPaused)
    {
        SnapshotSource? closed;
        lock (_gate)
        {
            _core.Lanes[lane].SetPaused(isPaused);
            closed = TakeUnwantedSnapshot();
        }

        closed?.Dispose();
        WakeAll();
    }

    /// <summary>Every lane as it is now.</summary>
    public IReadOnlyList<LaneStatus> Status()
    {
        lock (_gate)
        {
            var now = Now;
            foreach (var lane in _core.Lanes)
            {
                lane.Observe(now, _core.NewestLsn);
            }

            return [.. _core.Lanes.Select(lane => new LaneStatus(
                _addresses[lane.Index], lane.Mode, lane.Follower, lane.ProgressAt(now, _core.NewestLsn), lane.IsPaused, lane.Confirmed.Watermark,
                [.. lane.Confirmed.Ranges], lane.InFlight, _core.NewestLsn - lane.Confirmed.Count, _core.LagBytes(lane.Index), now - lane.LastContact,
                lane.LastError, lane.Objection, lane.SnapshotLsn, lane.SnapshotRows))];
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _snapshot?.Dispose();
        Array.ForEach(_lanes, signal => signal.Dispose());
    }

    // The lock is held. The lane is the one whose follower has just confirmed; null for the leader itself.
    private List<(PendingWrite Write, QuorumReached Quorum)> Completed(IReadOnlyList<QuorumReached> reached, int? lane)
    {
        var completed = new List<(PendingWrite Write, QuorumReached Quorum)>(reached.Count);
        foreach (var quorum in reached)
        {
            for (var write = _awaited.Reached(quorum.Lsn, lane); write is not null; write = write.NextWaiting)
            {
                completed.Add((write, quorum));
            }
        }

        return completed;
    }

    private static void Answer(List<(PendingWrite Write, QuorumReached Quorum)> completed)
    {
        foreach (var (write, quorum) in completed)
        {
            write.Complete(new WriteOutcome.Replicated(quorum.Lsn, quorum.ReplicatedTo));
        }
    }
}

using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Core;

/// <summary>An entry that the leader is about to append to its log.</summary>
/// <param name="Lsn">Its number.</param>
/// <param name="Delays">The simulated lag drawn for each lane, or null when none is simulated.</param>
internal readonly record struct NumberedEntry(long Lsn, TimeSpan[]? Delays);

/// <summary>An entry that is durable in the leader's log.</summary>
/// <param name="Lsn">Its number.</param>
/// <param name="WriteQuorum">The quorum that was in force when the write started.</param>
/// <param name="IsAwaited">Whether somebody wants to know when it has its quorum.</param>
internal readonly record struct DurableEntry(long Lsn, int WriteQuorum, bool IsAwaited);

/// <summary>A write that has just got its quorum.</summary>
/// <param name="Lsn">The write.</param>
/// <param name="ReplicatedTo">How many followers hold it at this moment.</param>
internal readonly record struct QuorumReached(long Lsn, int ReplicatedTo);

/// <summary>
/// The leader's half of the protocol: which follower holds what, which writes have their quorum, what each lane does next,
/// and whether this leader may lead at all. Events in, decisions out; no I/O, clock, threads or randomness.
/// </summary>
internal sealed partial class LeaderCore
{
    private readonly string _clusterId;
    private readonly Epoch _epoch;
    private readonly Lane[] _lanes;
    private readonly CommitProgress _commit;
    private readonly LogRetention _retention;
    private readonly Dictionary<long, int> _awaitingQuorum = [];
    private readonly PriorityQueue<(Lane Lane, int Generation, long Lsn), TimeSpan> _scheduled = new();

    /// <summary>Begins with what the leader's store holds.</summary>
    /// <param name="clusterId">The leader's cluster.</param>
    /// <param name="epoch">The epoch of this leader's process, already on its disk.</param>
    /// <param name="lastLsn">The newest entry of its log; 0 when the store is new.</param>
    /// <param name="commit">The commit LSN with the quorums of the entries above it.</param>
    /// <param name="retention">How long the log is kept.</param>
    /// <param name="cutLsn">Up to where it was cut already.</param>
    /// <param name="laneCount">How many followers it has.</param>
    /// <param name="limits">The limits of each lane.</param>
    public LeaderCore(
        string clusterId, Epoch epoch, long lastLsn, CommitProgress commit, LogRetention retention, long cutLsn, int laneCount, LaneLimits limits)
    {
        (_clusterId, _epoch, LastLsn, _commit, _retention, CutLsn) = (clusterId, epoch, lastLsn, commit, retention, cutLsn);
        NewestLsn = lastLsn;
        _lanes = [.. Enumerable.Range(0, laneCount).Select(i => new Lane(i, limits))];
        Array.ForEach(_lanes, lane => lane.LogCut(cutLsn));
    }

    /// <summary>One lane a follower.</summary>
    public IReadOnlyList<Lane> Lanes => _lanes;

    /// <summary>The newest entry that is durable on the leader.</summary>
    public long LastLsn { get; private set; }

    /// <summary>The newest entry that has its number, whether or not it is durable on the leader; followers may hold it.</summary>
    public long NewestLsn { get; private set; }

    /// <summary>The highest LSN up to which every entry has its quorum.</summary>
    public long CommitLsn => _commit.CommitLsn;

    /// <summary>The log holds nothing up to here any more, or is about to lose it.</summary>
    public long CutLsn { get; private set; }

    /// <summary>The LSN of the view from which a snapshot is being sent; null when none is.</summary>
    public long? SnapshotLsn => _lanes.Select(lane => lane.SnapshotLsn).FirstOrDefault(lsn => lsn is not null);

    /// <summary>
    /// Whether every follower was asked once since the start. Before that, writes wait: a leader restored from an old backup
    /// would otherwise give an LSN away a second time before it learns of the first (ORDER).
    /// </summary>
    public bool EveryLaneTried => _lanes.All(lane => lane.Tried);

    /// <summary>
    /// Whether entries may be sent while the leader's own fsync runs: not while a follower is of a version that would keep them if
    /// the leader died meanwhile.
    /// </summary>
    public bool MaySendEarly => _lanes.All(lane => lane.GivesUpTail);

    /// <summary>When the next simulated lag ends.</summary>
    public TimeSpan? NextDue => _scheduled.TryPeek(out _, out var due) ? due : null;

    /// <summary>
    /// Entries have their numbers, which no other entry of this epoch gets: they may be sent from now on, while the leader's own
    /// fsync runs. Until <see cref="Durable"/> says that it has ended, they do not count.
    /// </summary>
    public void Numbered(ReadOnlySpan<NumberedEntry> entries, TimeSpan now)
    {
        foreach (var (lsn, delays) in entries)
        {
            NewestLsn = lsn;
            foreach (var lane in _lanes)
            {
                var delay = delays?[lane.Index] ?? TimeSpan.Zero;
                if (lane.Appended(lsn, delay > TimeSpan.Zero))
                {
                    _scheduled.Enqueue((lane, lane.Generation, lsn), now + delay);
                }
            }
        }
    }

    /// <summary>The entries that were numbered last are durable on the leader; from now on they await their quorum.</summary>
    /// <returns>The writes that have it already, since their followers were faster.</returns>
    public IReadOnlyList<QuorumReached> Durable(ReadOnlySpan<DurableEntry> entries)
    {
        var awaited = new List<long>(entries.Length);
        foreach (var (lsn, quorum, isAwaited) in entries)
        {
            _commit.Appended(lsn, quorum);
            if (isAwaited)
            {
                _awaitingQuorum.Add(lsn, quorum);
                awaited.Add(lsn);
            }

            LastLsn = lsn;
        }

        return CountAnew(awaited);
    }

    /// <summary>Moves every entry whose simulated lag is over to its lane.</summary>
    /// <param name="now">The time.</param>
    /// <param name="woken">Gets the index of each lane that has something new to send.</param>
    public void PassTime(TimeSpan now, ISet<int> woken)
    {
        while (_scheduled.TryPeek(out var entry, out var due) && due <= now)
        {
            _scheduled.Dequeue();
            if (entry.Lane.Due(entry.Lsn, entry.Generation))
            {
                woken.Add(entry.Lane.Index);
            }
        }
    }

    /// <summary>What the lane does next. While a follower objects to this leader, greetings and nothing else.</summary>
    public LaneStep Next(int lane, TimeSpan now) => _lanes[lane].Mode != LaneMode.Probe && IsObjectedTo
        ? new LaneStep.Wait(null)
        : _lanes[lane].Next(now, maySnapshot: _lanes[lane].Mode == LaneMode.Snapshot && !_lanes.Any(other => other.HoldsSnapshot), LastLsn, NewestLsn);

    /// <summary>What the next message with entries, or with none, tells a follower of the leader's log.</summary>
    /// <returns>The newest entry, the newest that is durable, and up to where the log was cut.</returns>
    public (long Newest, long Durable, long Cut) Tell(int lane)
    {
        _lanes[lane].Tell(LastLsn);
        return (NewestLsn, LastLsn, CutLsn);
    }

    /// <summary>A follower has made a batch durable.</summary>
    /// <returns>The writes that got their quorum by it.</returns>
    public IReadOnlyList<QuorumReached> SendSucceeded(int lane, LaneBatch batch, TimeSpan now)
    {
        if (!_lanes[lane].SendSucceeded(batch, now))
        {
            return [];
        }

        _lanes[lane].Observe(now, NewestLsn);
        return CountAnew(batch.Lsns);
    }

    /// <summary>A follower has taken in a part of a snapshot; with the last one it holds everything up to the snapshot's LSN.</summary>
    /// <returns>The writes that got their quorum by it.</returns>
    public IReadOnlyList<QuorumReached> ChunkConfirmed(int lane, LaneBatch batch, SnapshotPosition reached, bool isLast, TimeSpan now)
    {
        if (!_lanes[lane].ChunkConfirmed(batch, reached, isLast, now) || !isLast)
        {
            return [];
        }

        _lanes[lane].Observe(now, NewestLsn);
        return CountAnew([.. _awaitingQuorum.Keys]);
    }

    /// <summary>A batch was not confirmed.</summary>
    /// <returns>Whether that is news; see <see cref="Lane.SendFailed"/>.</returns>
    public bool SendFailed(int lane, LaneBatch batch, string error, TimeSpan now, bool isAnswered = false, FollowerRefusal? refusal = null) =>
        _lanes[lane].SendFailed(batch, error, now, isAnswered, refusal);

    /// <summary>An entry is about to be appended; the mark that the log gets with it, if any.</summary>
    public LogMark? Mark(long lsn, long bytes, long committedAtMs) => _retention.Append(lsn, bytes, committedAtMs);

    /// <summary>
    /// Decides how far the log goes now. The lanes know at once, so that none begins to read what is about to be cut; a
    /// snapshot whose LSN the limits have passed is given up, since the log above it must be kept along with it.
    /// </summary>
    /// <param name="nowMs">The time, in milliseconds since 1970.</param>
    /// <returns>Up to where the log may be cut.</returns>
    public long CutLog(long nowMs)
    {
        var heldByAll = _lanes.Min(lane => lane.Confirmed.Watermark);
        var target = _retention.CutTarget(heldByAll, LastLsn, nowMs);
        if (SnapshotLsn < target)
        {
            Array.ForEach(_lanes, lane => lane.GiveUpSnapshot());
        }

        // A view that is about to be taken will be at the last entry or above it.
        if (target > CutLsn)
        {
            CutLsn = target;
            _retention.Cut(target);
            Array.ForEach(_lanes, lane => lane.LogCut(target));
        }

        return CutLsn;
    }

    /// <summary>About how many bytes of entries a follower lacks.</summary>
    public long LagBytes(int lane) => _retention.BytesAbove(_lanes[lane].Confirmed.Watermark);

    /// <summary>Somebody waits for a write that was appended earlier.</summary>
    /// <returns>How many followers hold it, when that is its quorum already; otherwise null, and its quorum will be reported.</returns>
    public int? Await(long lsn, int quorum)
    {
        if (ReplicatedTo(lsn) is var count && count >= quorum)
        {
            return count;
        }

        _awaitingQuorum[lsn] = quorum;
        return null;
    }

    /// <summary>Nobody waits for this write any more. It goes on replicating.</summary>
    /// <returns>How many followers hold it.</returns>
    public int StopAwaiting(long lsn)
    {
        _awaitingQuorum.Remove(lsn);
        return ReplicatedTo(lsn);
    }

    /// <summary>How many followers hold an entry.</summary>
    public int ReplicatedTo(long lsn) => WriteQuorum.Confirmations(lsn, Holdings);

    private LsnRangeSet[] Holdings => [.. _lanes.Select(lane => lane.Confirmed)];

    private List<QuorumReached> CountAnew(IReadOnlyList<long> lsns)
    {
        var holdings = Holdings;
        var reached = new List<QuorumReached>();
        foreach (var lsn in lsns)
        {
            if (_awaitingQuorum.TryGetValue(lsn, out var quorum)
                && WriteQuorum.Confirmations(lsn, holdings) is var count
                && count >= (PlantedBugs.Has(PlantedBug.QuorumOffByOne) ? quorum - 1 : quorum))
            {
                _awaitingQuorum.Remove(lsn);
                reached.Add(new QuorumReached(lsn, count));
                if (PlantedBugs.Has(PlantedBug.SendCancelledAtQuorum))
                {
                    Array.ForEach(_lanes, lane => lane.Forget(lsn));
                }
            }
        }

        _commit.Advance(holdings);
        return reached;
    }
}

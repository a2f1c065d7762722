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

/// <summary>What a follower says in answer to a greeting, whether it accepts it or not.</summary>
/// <param name="Follower">Who answers.</param>
/// <param name="ClusterId">The cluster that it belongs to; null when no leader ever greeted it.</param>
/// <param name="Epoch">The highest epoch that it has stored.</param>
/// <param name="Holdings">What it has on its disk.</param>
/// <param name="Refusal">Why it does not follow; null when it does.</param>
/// <param name="Detail">The refusal in the follower's words.</param>
/// <param name="Install">The snapshot that it is taking in; null when there is none.</param>
/// <param name="GivesUpTail">Whether it gives up what a new epoch's leader lacks; older versions do not.</param>
internal sealed record GreetingReply(
    FollowerIdentity Follower, string? ClusterId, Epoch? Epoch, LsnRangeSet Holdings, FollowerRefusal? Refusal, string? Detail,
    SnapshotInstall? Install = null, bool GivesUpTail = true);

/// <summary>
/// The leader's half of the protocol: which follower holds what, which writes have their quorum, what each lane does next,
/// and whether this leader may lead at all. Events in, decisions out; no I/O, clock, threads or randomness.
/// </summary>
internal sealed class LeaderCore
{
    private readonly string _clusterId;
    private readonly Epoch _epoch;
    private readonly bool _storeIsNew;
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
        _storeIsNew = lastLsn == 0;
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
    /// What followers say against this leader: that there is a newer epoch, or that they hold entries which it lacks.
    /// While there is anything, it takes no write and sends nothing, or two histories would mix.
    /// </summary>
    public IEnumerable<string> Objections => _lanes.Select(lane => lane.Objection).OfType<string>();

    /// <summary>Whether a follower objects; see <see cref="Objections"/>.</summary>
    public bool IsObjectedTo => _lanes.Any(lane => lane.Objection is not null);

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
    public void SendFailed(int lane, LaneBatch batch, string error, TimeSpan now) => _lanes[lane].SendFailed(batch, error, now);

    /// <summary>A greeting got no answer, or one that is no answer to a greeting.</summary>
    public void GreetingFailed(int lane, int generation, string error, TimeSpan now, bool isAnswered = false) =>
        GreetingFailed(_lanes[lane], generation, error, now, isAnswered, _lanes[lane].Objection);

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

    /// <summary>A greeting was answered, one way or the other.</summary>
    /// <returns>The writes that are seen to have their quorum by what the follower holds.</returns>
    public IReadOnlyList<QuorumReached> GreetingAnswered(int lane, int generation, GreetingReply reply, TimeSpan now)
    {
        if (ObjectionIn(reply) is { } objection)
        {
            GreetingFailed(_lanes[lane], generation, objection, now, isAnswered: true, objection);
            return [];
        }

        if (reply.Refusal is not null || AlreadyReached(lane, reply.Follower.NodeId))
        {
            var error = reply.Detail
                ?? $"The address answers as '{reply.Follower.NodeId}', which another address of FOLLOWERS reaches already: name each follower once.";
            GreetingFailed(_lanes[lane], generation, error, now, isAnswered: true, objection: null);
            return [];
        }

        _lanes[lane].GivesUpTail = reply.GivesUpTail;
        if (!reply.GivesUpTail && NewestLsn > LastLsn)
        {
            // It would keep what it is sent, whether or not the leader lives to have it on its disk.
            GreetingFailed(
                _lanes[lane], generation, "Its version is greeted when no fsync of the leader's is under way.", now, isAnswered: true, objection: null);
            return [];
        }

        _lanes[lane].GreetingAccepted(
            generation, reply.Follower, reply.Holdings, NewestLsn, now, reply.Install?.Epoch == _epoch ? reply.Install : null);
        _lanes[lane].Observe(now, NewestLsn);
        return CountAnew([.. _awaitingQuorum.Keys]);
    }

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

    // A snapshot is not kept for long for one who takes nothing: others may need one.
    private static void GreetingFailed(Lane lane, int generation, string error, TimeSpan now, bool isAnswered, string? objection)
    {
        lane.GreetingFailed(generation, error, now, isAnswered, objection);
        if (lane.IsSnapshotLost(now))
        {
            lane.GiveUpSnapshot();
        }
    }

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

    private bool AlreadyReached(int lane, string nodeId) =>
        _lanes.Any(other => other.Index != lane && other.Mode != LaneMode.Probe && other.Follower?.NodeId == nodeId);

    private string? ObjectionIn(GreetingReply reply)
    {
        var name = reply.Follower.NodeId;
        if (reply.Refusal is FollowerRefusal.OlderEpoch or FollowerRefusal.SameCounterOtherRun)
        {
            return $"{name} has stored epoch {reply.Epoch} and LSN {reply.Holdings.Max}; this leader has epoch {_epoch} and LSN {LastLsn}: "
                + "another leader came after it.";
        }

        if (reply.ClusterId is { } cluster && cluster != _clusterId)
        {
            // Another cluster's follower does not concern a leader that has data; to one that has none it says that its disk is lost.
            return _storeIsNew
                ? $"{name} holds data of cluster {cluster} up to LSN {reply.Holdings.Max}, while this leader's store is new (cluster {_clusterId}): "
                    + "the leader's disk was lost or is not mounted."
                : null;
        }

        if (reply.Holdings.Max > NewestLsn)
        {
            return $"{name} holds entries up to LSN {reply.Holdings.Max}, while this leader's log ends at {LastLsn}: the leader's data is older than its followers'.";
        }

        return reply.Refusal == FollowerRefusal.LeaderLostEntries ? $"{reply.Detail} The leader's data is older than its followers', or there were two leaders." : null;
    }
}

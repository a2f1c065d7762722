using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Core;

/// <summary>Each way in which a follower refuses a leader's message.</summary>
internal enum FollowerRefusal
{
    /// <summary>The sender's epoch is older than one that the follower has stored (FENCE).</summary>
    OlderEpoch = 1,

    /// <summary>The sender has the stored epoch's counter and another run id: two processes lead (FENCE).</summary>
    SameCounterOtherRun,

    /// <summary>The follower's data belongs to another cluster (IDENTITY).</summary>
    OtherCluster,

    /// <summary>The message is meant for another store, such as the one that was here before the disk was wiped (IDENTITY).</summary>
    OtherStore,

    /// <summary>
    /// The sender has not greeted since the follower's start, so it does not know what the follower holds (CONVERGE); or its
    /// epoch is newer than the stored one, which the follower must persist first (FENCE).
    /// </summary>
    NotGreeted,

    /// <summary>The store took entries by hand, so its history is nobody's.</summary>
    Standalone,

    /// <summary>The entries would leave more gaps than the follower keeps account of (BOUNDED).</summary>
    TooManyRanges,

    /// <summary>The chunk does not continue the snapshot that the follower is taking in.</summary>
    SnapshotOutOfStep,

    /// <summary>The chunk is not what was sent, or rows of the snapshot are missing.</summary>
    SnapshotDamaged,

    /// <summary>The leader's log lacks what the follower holds and what may have been on a leader's disk: its data is older, or there were two leaders.</summary>
    LeaderLostEntries,
}

/// <summary>What a follower does with a chunk of a snapshot.</summary>
internal enum ChunkDecision
{
    /// <summary>Refuses it.</summary>
    Refuse,

    /// <summary>Nothing: it holds everything up to the snapshot's LSN already.</summary>
    Ignore,

    /// <summary>Begins the snapshot with it, in place of one that is not finished.</summary>
    Begin,

    /// <summary>Takes it in after the chunk before.</summary>
    Continue,
}

/// <summary>Who sends a message and which store it is meant for.</summary>
/// <param name="ClusterId">The sender's cluster.</param>
/// <param name="Epoch">The sender's epoch.</param>
/// <param name="StoreId">The store that is addressed; null in a greeting.</param>
internal readonly record struct LeaderEnvelope(string ClusterId, Epoch Epoch, string? StoreId);

/// <summary>
/// The follower's half of the protocol: whom it follows, and what it holds. "Persisted" is an event: nothing is held, and
/// no epoch is promised, before the shell reports that it is on disk.
/// </summary>
/// <param name="identity">The follower's node and store.</param>
/// <param name="clusterId">The cluster that the store belongs to; null when no leader ever greeted it.</param>
/// <param name="epoch">The highest epoch stored.</param>
/// <param name="isStandalone">Whether the store took entries by hand.</param>
/// <param name="holdings">What the store holds; the core keeps it up to date from here on.</param>
/// <param name="leaderDurable">An LSN up to which the leader is known to have had everything on its disk.</param>
/// <param name="install">The snapshot that the store is taking in; null when it is not.</param>
/// <param name="rangesMax">How many ranges of holdings it keeps account of.</param>
/// <param name="epochs">Where the epochs of the log of the leader with that epoch began, as the store has it.</param>
internal sealed class FollowerCore(
    FollowerIdentity identity, string? clusterId, Epoch? epoch, bool isStandalone, LsnRangeSet holdings, long leaderDurable = 0,
    SnapshotInstall? install = null, int rangesMax = 65_536, EpochHistory? epochs = null)
{
    private EpochHistory _epochs = epochs ?? EpochHistory.Empty;
    private bool _isIntroduced;
    private bool _mayBeEarly;

    /// <summary>The follower's node and store.</summary>
    public FollowerIdentity Identity { get; } = identity;

    /// <summary>The cluster that the store belongs to; null when no leader ever greeted it.</summary>
    public string? ClusterId { get; private set; } = clusterId;

    /// <summary>The highest epoch stored.</summary>
    public Epoch? Epoch { get; private set; } = epoch;

    /// <summary>Whether the store took entries by hand.</summary>
    public bool IsStandalone { get; private set; } = isStandalone;

    /// <summary>What is on this follower's disk.</summary>
    public LsnRangeSet Holdings { get; } = holdings;

    /// <summary>
    /// An LSN up to which the leader is known to have had everything on its disk. What is held above it may be from a leader that
    /// died before its own fsync; what is at or below it is in the log of every leader that has not lost data.
    /// </summary>
    public long LeaderDurable { get; private set; } = leaderDurable;

    /// <summary>The snapshot that is being taken in; null when none is.</summary>
    public SnapshotInstall? Install { get; private set; } = install;

    /// <summary>
    /// Decides on a greeting. When the answer is null the follower follows: where cluster or epoch are new, the shell gives up what
    /// is held above <see cref="SharedUpTo"/> and persists them in one commit, reports <see cref="EpochPersisted"/>, and only then
    /// answers.
    /// </summary>
    /// <param name="from">The leader.</param>
    /// <param name="history">Where the epochs of its log begin.</param>
    public FollowerRefusal? Greeted(LeaderEnvelope from, EpochHistory history)
    {
        if (RefusalOf(from) is { } refusal)
        {
            return refusal;
        }

        // A leader that has lost what it, or the one before it, had on its disk must not make its followers lose it too.
        return LastLeader is { } last && history.HasLost(last, Holdings.Max) ? FollowerRefusal.LeaderLostEntries : null;
    }

    /// <summary>Up to where what is held here is in the leader's log; <see cref="long.MaxValue"/> when all of it is, or will be.</summary>
    public long SharedUpTo(EpochHistory history) => LastLeader is { } last && !PlantedBugs.Has(PlantedBug.TailKept)
        ? history.SharedUpTo(PlantedBugs.Has(PlantedBug.OnlyLastEpochCompared) ? JustBefore(history) : last)
        : long.MaxValue;

    private LastLeader? LastLeader => Epoch is { } stored ? new LastLeader(stored, _epochs, LeaderDurable) : null;

    private LastLeader JustBefore(EpochHistory history) => new(new Epoch(history.Starts[^1].Epoch.Counter - 1, 0), EpochHistory.Empty, LeaderDurable);

    private FollowerRefusal? RefusalOf(LeaderEnvelope from)
    {
        if (IsStandalone)
        {
            return FollowerRefusal.Standalone;
        }

        return ClusterId is not null && ClusterId != from.ClusterId ? FollowerRefusal.OtherCluster : RefusalOf(from.Epoch);
    }

    /// <summary>Whether a greeting brings a cluster or an epoch that is not on disk yet.</summary>
    public bool MustPersist(LeaderEnvelope from) => ClusterId != from.ClusterId || Epoch != from.Epoch;

    /// <summary>Whether a snapshot that is not finished is another leader's, and so of no use under this one.</summary>
    public bool MustAbandonSnapshot(LeaderEnvelope from) => Install is not null && Install.Epoch != from.Epoch;

    /// <summary>The cluster and the epochs of a greeting are on disk, and nothing above <paramref name="sharedUpTo"/> is.</summary>
    public void EpochPersisted(LeaderEnvelope from, EpochHistory history, long sharedUpTo)
    {
        (ClusterId, Epoch, _epochs) = (from.ClusterId, from.Epoch, history);
        LeaderDurable = Math.Min(LeaderDurable, sharedUpTo);
        Holdings.RemoveAbove(sharedUpTo);
    }

    /// <summary>A message says that the leader has everything up to <paramref name="durable"/> on its disk.</summary>
    /// <param name="durable">What it says; older versions say nothing.</param>
    /// <param name="newest">The newest entry that it brings; 0 for none.</param>
    /// <returns>Whether that is news.</returns>
    public bool HeardOfDurable(long durable, long newest)
    {
        var lsn = _mayBeEarly ? durable : Math.Max(durable, newest);
        var isNews = lsn > LeaderDurable;
        LeaderDurable = Math.Max(LeaderDurable, lsn);
        return isNews;
    }

    /// <summary>
    /// A greeting was accepted, so its sender knows what is held here. Without one since the start it may know better of the
    /// disk than is true, such as when an older copy was put in place.
    /// </summary>
    /// <param name="history">What it says of the leader's log. Leaders of a version that says nothing send what is on their disk, and nothing else.</param>
    public void Introduced(EpochHistory history) => (_isIntroduced, _mayBeEarly) = (true, history.Starts.Count > 0);

    /// <summary>The mark of a store that takes entries by hand is on disk.</summary>
    public void StandalonePersisted() => IsStandalone = true;

    /// <summary>Decides on a message with entries; null when the shell shall make durable what of it <see cref="Lacks"/>.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="lowestLsn">The lowest of the entries; null when there are none.</param>
    public FollowerRefusal? Sent(LeaderEnvelope from, long? lowestLsn)
    {
        if (RefusalOf(from) is { } refusal)
        {
            return refusal;
        }

        if ((Epoch != from.Epoch || !_isIntroduced) && !PlantedBugs.Has(PlantedBug.StaleEpochAccepted))
        {
            return FollowerRefusal.NotGreeted;
        }

        if (Identity.StoreId != from.StoreId)
        {
            return FollowerRefusal.OtherStore;
        }

        // What continues the watermark closes a gap, and is taken however many there are.
        return Holdings.Ranges.Count >= rangesMax && lowestLsn > Holdings.Watermark + 1 ? FollowerRefusal.TooManyRanges : null;
    }

    /// <summary>Whether the entry is still to be written. One that is held already is confirmed as it is.</summary>
    public bool Lacks(long lsn) => PlantedBugs.Has(PlantedBug.HoleTreatedAsPresent) ? lsn > Holdings.Max
        : PlantedBugs.Has(PlantedBug.LateDuplicateWritten) || !Holdings.Contains(lsn);

    /// <summary>An entry is on disk, and may be confirmed from now on (DURABLE).</summary>
    public void EntryPersisted(long lsn) => Holdings.Add(lsn);

    /// <summary>Decides on a chunk of a snapshot.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="lsn">The snapshot's LSN.</param>
    /// <param name="afterKey">The last key of the chunk before; empty for the first.</param>
    public (ChunkDecision Decision, FollowerRefusal? Refusal) ChunkSent(LeaderEnvelope from, long lsn, ReadOnlySpan<byte> afterKey)
    {
        if (Sent(from, null) is { } refusal)
        {
            return (ChunkDecision.Refuse, refusal);
        }

        if (Holdings.Watermark >= lsn)
        {
            return (ChunkDecision.Ignore, null);
        }

        var known = Install?.IsOf(from.Epoch, lsn) == true ? Install : null;
        if (known is null ? afterKey.IsEmpty : afterKey.SequenceEqual(known.AfterKey))
        {
            return (known is null ? ChunkDecision.Begin : ChunkDecision.Continue, null);
        }

        return (ChunkDecision.Refuse, FollowerRefusal.SnapshotOutOfStep);
    }

    /// <summary>The store is taking in a snapshot, and this far; null when it has given one up.</summary>
    public void SnapshotAdvanced(SnapshotInstall? install) => Install = install;

    /// <summary>The snapshot is in place and on disk: it holds the effect of every entry up to its LSN.</summary>
    public void SnapshotInstalled()
    {
        Holdings.Add(new LsnRange(1, Install!.Lsn));
        HeardOfDurable(Install.Lsn, newest: 0);
        Install = null;
    }

    /// <summary>How far the log may be cut, when the leader lets it go up to <paramref name="leaderCut"/>: what is missing must still be told from what is held.</summary>
    public long CutTarget(long leaderCut) => PlantedBugs.Has(PlantedBug.CutBeyondHole)
        ? Math.Min(leaderCut, Holdings.Max)
        : Math.Min(leaderCut, Holdings.Watermark);

    private FollowerRefusal? RefusalOf(Epoch incoming)
    {
        if (PlantedBugs.Has(PlantedBug.StaleEpochAccepted) || Epoch is not { } stored || incoming.Counter > stored.Counter || incoming == stored)
        {
            return null;
        }

        return incoming.Counter < stored.Counter ? FollowerRefusal.OlderEpoch : FollowerRefusal.SameCounterOtherRun;
    }
}

namespace KvStore.Node.Faults;

/// <summary>
/// Mistakes that the code makes on demand, so that tests can show that the simulation notices them. In a release build none
/// can be switched on: <see cref="PlantedBugs.Has"/> is constant there and the compiler drops what hangs on it.
/// </summary>
internal enum PlantedBug
{
    None,

    /// <summary>A follower confirms entries, and then writes them (DURABLE).</summary>
    ConfirmBeforeFsync,

    /// <summary>A follower confirms a snapshot whose change-over is not fsynced (DURABLE).</summary>
    SnapshotNotSynced,

    /// <summary>A write is answered when it has its quorum, though the leader's own fsync still runs (QUORUM).</summary>
    AnsweredBeforeOwnFsync,

    /// <summary>Followers are told that what is sent is on the leader's disk, while its fsync still runs (CONVERGE).</summary>
    DurableToldEarly,

    /// <summary>A follower keeps what it holds from a leader that died before its own fsync (CONVERGE).</summary>
    TailKept,

    /// <summary>A follower that missed an epoch looks only at where the last one began (CONVERGE).</summary>
    OnlyLastEpochCompared,

    /// <summary>A follower gives up entries and leaves what they wrote (CONVERGE).</summary>
    TailStaysVisible,

    /// <summary>Each follower's confirmation counts double (QUORUM).</summary>
    FollowerCountedTwice,

    /// <summary>A write is answered one confirmation early (QUORUM).</summary>
    QuorumOffByOne,

    /// <summary>A write that has its quorum is sent to nobody any more (CONVERGE).</summary>
    SendCancelledAtQuorum,

    /// <summary>A follower obeys an older leader (FENCE).</summary>
    StaleEpochAccepted,

    /// <summary>A follower answers a greeting before it has stored the epoch (FENCE).</summary>
    EpochNotPersisted,

    /// <summary>A follower takes what is below its newest entry as held (CONVERGE).</summary>
    HoleTreatedAsPresent,

    /// <summary>A restarted leader goes on from its commit LSN, not from its last entry (ORDER).</summary>
    LsnReusedAfterRestart,

    /// <summary>A follower writes again what is below its watermark, where the log may have been cut (CONVERGE).</summary>
    LateDuplicateWritten,

    /// <summary>A follower cuts its log beyond its first gap (CONVERGE).</summary>
    CutBeyondHole,

    /// <summary>A snapshot lacks a key (CONVERGE).</summary>
    SnapshotDropsKey,

    /// <summary>Entries that arrive while a snapshot is taken in are missing from it (CONVERGE).</summary>
    SnapshotMissesEntries,

    /// <summary>Cutting a delete removes its tombstone and leaves what it deleted (CONVERGE).</summary>
    TombstoneForgotten,

    /// <summary>Confirmations of a wiped follower go on counting (IDENTITY).</summary>
    WipedConfirmationsKept,

    /// <summary>What came back from a failed send goes before what closes a follower's gaps (CONVERGE).</summary>
    RetryBeforeGaps,

    /// <summary>A write that misses its quorum in time is called rejected (HONEST).</summary>
    TimeoutCalledRejected,
}

/// <summary>Which mistake the code makes now, on this thread.</summary>
internal static class PlantedBugs
{
#if FAULT_POINTS
    [ThreadStatic]
    private static PlantedBug _planted;

    /// <summary>Plants a mistake in what this thread runs from now on.</summary>
    public static void Plant(PlantedBug bug) => _planted = bug;

    /// <summary>Whether the code is to make this mistake.</summary>
    public static bool Has(PlantedBug bug) => _planted == bug;
#else
    /// <summary>Whether the code is to make this mistake: never.</summary>
    public static bool Has(PlantedBug bug) => false;
#endif
}

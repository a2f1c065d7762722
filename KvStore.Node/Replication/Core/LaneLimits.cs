namespace KvStore.Node.Replication.Core;

/// <summary>The limits of a lane (BOUNDED).</summary>
internal sealed record LaneLimits
{
    /// <summary>Fresh entries in one message. Higher: fewer fsyncs on the follower under load; lower: smaller bursts.</summary>
    public int FreshEntriesPerBatch { get; init; } = 1024;

    /// <summary>Messages with fresh entries under way at once. 1 makes each entry wait for the one before.</summary>
    public int FreshBatchesInFlight { get; init; } = 4;

    /// <summary>
    /// While this many fresh entries are under way, others gather for the next message: under load one large message costs
    /// the follower one fsync, where several small ones cost several. Higher: smaller batches; 1: entries never travel side by side.
    /// </summary>
    public int FreshEntriesInFlight { get; init; } = 8;

    /// <summary>Entries in one catch-up or retry message.</summary>
    public int CatchUpEntriesPerBatch { get; init; } = 4096;

    /// <summary>Catch-up and retry messages under way at once.</summary>
    public int CatchUpBatchesInFlight { get; init; } = 2;

    /// <summary>Fresh entries that wait for their lag or a free slot; beyond it they become part of the backlog, kept as ranges.</summary>
    public int FreshQueueMax { get; init; } = 65_536;

    /// <summary>Gaps in a follower's holdings above which fresh entries wait for the backlog, which closes gaps.</summary>
    public int HoldingRangesMax { get; init; } = 10_000;

    /// <summary>How long a lane with nothing to send stays silent. Longer: a dead follower of an idle leader is seen later.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>
    /// How long it stays silent when the follower does not know yet that the leader has the newest entries on its disk. Longer: if the
    /// leader's disk is then replaced by an older copy, more of what it lacks looks like what it never had.
    /// </summary>
    public TimeSpan TellInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What was sent and is not confirmed after so long counts as stalled. Shorter: a busy disk looks like a dead one.</summary>
    public TimeSpan StalledAfter { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long the view that a snapshot is sent from is kept for a follower that does not answer.</summary>
    public TimeSpan SnapshotPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause after a first failure; doubled with each further one.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause between two greetings.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(1);
}

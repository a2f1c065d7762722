namespace KvStore.Node.Replication.Core;

/// <summary>Why a batch is sent.</summary>
internal enum BatchKind
{
    /// <summary>Entries just committed, each sent when its own simulated lag is over.</summary>
    Fresh,

    /// <summary>Entries that a failed or shortened send gave back. Their lag was drawn before; a retry draws nothing.</summary>
    Retry,

    /// <summary>Entries that the follower missed. The batch draws its lag once, as a whole.</summary>
    CatchUp,

    /// <summary>No entries: after a silence it shows whether the follower is there, and that its disk is the one that was greeted.</summary>
    Heartbeat,

    /// <summary>No entries but a part of a snapshot.</summary>
    Snapshot,
}

/// <summary>What travels in one message.</summary>
/// <param name="Kind">Why it is sent.</param>
/// <param name="Lsns">Which entries.</param>
/// <param name="Snapshot">Which part of a snapshot, if it is one.</param>
internal sealed record LaneBatch(BatchKind Kind, IReadOnlyList<long> Lsns, SnapshotPosition? Snapshot = null);

/// <summary>A place in a snapshot.</summary>
/// <param name="Lsn">The LSN whose state it is.</param>
/// <param name="AfterKey">The last key that the follower has taken in; empty at the beginning.</param>
/// <param name="Rows">How many keys it has taken in.</param>
internal sealed record SnapshotPosition(long Lsn, byte[] AfterKey, long Rows);

/// <summary>What a lane wants done next.</summary>
internal abstract record LaneStep
{
    /// <summary>Ask the follower who it is and what it holds.</summary>
    public sealed record Greet(int Generation) : LaneStep;

    /// <summary>Send this.</summary>
    public sealed record Send(LaneBatch Batch) : LaneStep;

    /// <summary>Take a view of the leader's state, from which a snapshot is sent.</summary>
    public sealed record OpenSnapshot(int Generation) : LaneStep;

    /// <summary>Nothing until an event comes, or until <paramref name="Until"/>.</summary>
    public sealed record Wait(TimeSpan? Until) : LaneStep;
}

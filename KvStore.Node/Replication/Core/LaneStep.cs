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
}

/// <summary>Entries that travel in one message.</summary>
/// <param name="Kind">Why they are sent.</param>
/// <param name="Lsns">Which entries.</param>
internal sealed record LaneBatch(BatchKind Kind, IReadOnlyList<long> Lsns);

/// <summary>What a lane wants done next.</summary>
internal abstract record LaneStep
{
    /// <summary>Ask the follower who it is and what it holds.</summary>
    public sealed record Greet(int Generation) : LaneStep;

    /// <summary>Send these entries.</summary>
    public sealed record Send(LaneBatch Batch) : LaneStep;

    /// <summary>Nothing until an event comes, or until <paramref name="Until"/>.</summary>
    public sealed record Wait(TimeSpan? Until) : LaneStep;
}

namespace KvStore.Node.Replication.Core;

/// <summary>How a follower is doing, judged by what it confirms and not by whether a connection is open.</summary>
internal enum FollowerState
{
    /// <summary>It confirms what is sent as it comes.</summary>
    Healthy,

    /// <summary>It lacks older entries, and gets them from the log faster than new ones come.</summary>
    CatchingUp,

    /// <summary>It lacks entries that the log does not hold any more, and gets, or waits for, a snapshot.</summary>
    Snapshot,

    /// <summary>New entries come faster than it confirms.</summary>
    FallingBehind,

    /// <summary>It is there and confirms nothing: it does not answer, it refuses, or it is paused.</summary>
    Stalled,

    /// <summary>It gives no answer to greetings.</summary>
    Unreachable,
}

/// <summary>How a follower is doing.</summary>
/// <param name="State">In one word.</param>
/// <param name="Cause">Why, in words; null when it is healthy.</param>
/// <param name="EntriesPerSecond">What it has confirmed over the last seconds.</param>
/// <param name="TimeToCatchUp">How long it will need at that rate; null when it lacks nothing or does not come closer.</param>
internal sealed record FollowerProgress(FollowerState State, string? Cause, double EntriesPerSecond, TimeSpan? TimeToCatchUp);

/// <summary>The names that people see.</summary>
internal static class FollowerStates
{
    /// <summary>The state's name in answers and logs.</summary>
    public static string Name(this FollowerState state) => state switch
    {
        FollowerState.Healthy => "healthy",
        FollowerState.CatchingUp => "catching-up",
        FollowerState.Snapshot => "snapshot",
        FollowerState.FallingBehind => "falling-behind",
        FollowerState.Stalled => "stalled",
        FollowerState.Unreachable => "unreachable",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}

namespace KvStore.Tests.Crash;

/// <summary>What a <see cref="CrashStep"/> does to nodes or, of <see cref="Cut"/> and <see cref="Heal"/>, to the links to followers.</summary>
internal enum CrashAction
{
    /// <summary>SIGKILL.</summary>
    Kill,

    /// <summary>SIGTERM.</summary>
    Stop,

    /// <summary>Starts what was killed or stopped.</summary>
    Start,

    /// <summary>SIGSTOP.</summary>
    Pause,

    /// <summary>SIGCONT.</summary>
    Continue,

    Cut,

    Heal,
}

/// <summary>One thing that is done while clients write.</summary>
/// <param name="Action">What.</param>
/// <param name="Targets">To which nodes, or to the links to which followers.</param>
internal sealed record CrashStep(CrashAction Action, IReadOnlyList<string> Targets)
{
    /// <summary>How links are cut.</summary>
    public LinkCut How { get; init; }

    /// <summary>How many writes end, one way or the other, between the step before and this one; the highest number for no matter how many.</summary>
    public int Outcomes { get; init; }

    /// <summary>How long the state before this step lasts at most: while a fault keeps clients waiting, few writes end.</summary>
    public TimeSpan AtMost { get; init; }

    /// <summary>Whether the step waits until the leader has noticed that it does not reach the targets.</summary>
    public bool IsOnceNoticed { get; init; }

    private string When => this switch
    {
        { IsOnceNoticed: true } => "once the leader has noticed",
        { Outcomes: int.MaxValue } => $"after {AtMost.TotalMilliseconds:0} ms",
        _ => $"after {Outcomes} outcomes or {AtMost.TotalMilliseconds:0} ms",
    };

    public override string ToString() => $"{When}: {Action}{(Action == CrashAction.Cut ? $" ({How})" : "")} {string.Join(", ", Targets)}";
}

namespace KvStore.Dashboard.Components.Traces;

/// <summary>What the leader says of its writes since its start, whether they were sampled or not.</summary>
/// <param name="Writes">How many it has answered.</param>
/// <param name="Sampled">How many of them have a trace.</param>
/// <param name="Slowest">The slowest of the last minutes, slowest first.</param>
internal sealed record LeaderWrites(long Writes, long Sampled, IReadOnlyList<SlowestWrite> Slowest);

/// <summary>One of the slowest writes.</summary>
/// <param name="Lsn">The write's number.</param>
/// <param name="Key">Its key.</param>
/// <param name="At">When it arrived.</param>
/// <param name="WriteQuorum">Its W.</param>
/// <param name="Outcome"><c>success</c> or <c>unknown</c>.</param>
/// <param name="Latency">From its arrival to its answer.</param>
/// <param name="WaitedFor">The follower whose confirmation was the W-th; null when the answer did not wait for it.</param>
/// <param name="TraceId">32 hexadecimal digits; null when it was not sampled.</param>
/// <param name="Followers">What became of it at each follower.</param>
internal sealed record SlowestWrite(
    long Lsn, string Key, DateTimeOffset At, int WriteQuorum, string Outcome, TimeSpan Latency, string? WaitedFor, string? TraceId,
    IReadOnlyList<SlowestWriteFollower> Followers);

/// <summary>What became of a write at one follower.</summary>
/// <param name="Name">The follower.</param>
/// <param name="Lag">The simulated lag that was drawn.</param>
/// <param name="ConfirmedAfter">From the write's arrival to the confirmation; null while it is not known to have confirmed.</param>
internal sealed record SlowestWriteFollower(string Name, TimeSpan Lag, TimeSpan? ConfirmedAfter);

/// <summary>Where the pages get the leader's account of its writes from.</summary>
internal interface ILeaderWritesSource
{
    /// <summary>The newest account, the same object until there is a newer one; null while the leader has not been heard.</summary>
    LeaderWrites? Current { get; }
}

using KvStore.Analysis.Consistency;
using KvStore.Analysis.Load;

namespace KvStore.Analysis.Lag;

/// <summary>The lag of one follower at a moment.</summary>
/// <param name="AfterSeconds">The moment, since the first write.</param>
/// <param name="Follower">The follower.</param>
/// <param name="State">What the leader calls its state.</param>
/// <param name="Entries">How many entries it lacked.</param>
/// <param name="Bytes">About how many bytes they are.</param>
/// <param name="Seconds">The age of the oldest of them.</param>
internal sealed record LagSample(double AfterSeconds, string Follower, string State, long Entries, long Bytes, double Seconds);

/// <summary>What has been measured, as far as it went.</summary>
/// <param name="StartedAt">When it began.</param>
/// <param name="MinDelayMs">The shortest simulated lag.</param>
/// <param name="MaxDelayMs">The longest simulated lag.</param>
/// <param name="Samples">In the order of time.</param>
internal sealed record LagRun(DateTimeOffset StartedAt, int MinDelayMs, int MaxDelayMs, IReadOnlyList<LagSample> Samples)
{
    /// <summary>The load; null when it was not ended.</summary>
    public LoadResult? Load { get; init; }

    /// <summary>How the followers compared after it.</summary>
    public IReadOnlyList<ReplicaComparison>? Replicas { get; init; }

    /// <summary>Whether the run went to its end.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The followers, in the order of their names.</summary>
    public IReadOnlyList<string> Followers => [.. Samples.Select(sample => sample.Follower).Distinct().Order(StringComparer.Ordinal)];
}

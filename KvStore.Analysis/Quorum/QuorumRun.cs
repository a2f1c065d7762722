using KvStore.Analysis.Cluster;
using KvStore.Analysis.Consistency;
using KvStore.Analysis.Statistics;

namespace KvStore.Analysis.Quorum;

/// <summary>One write as its client saw it.</summary>
/// <param name="Number">Its number with this write quorum, from 1 on.</param>
/// <param name="Key">Its key.</param>
/// <param name="SentAfterMs">When it was sent, since the first with this write quorum.</param>
/// <param name="LatencyMs">From then to its answer.</param>
/// <param name="Outcome"><c>success</c>, <c>unknown</c> or <c>rejected</c>.</param>
/// <param name="Version">Its LSN; null when nothing was logged.</param>
/// <param name="ReplicatedTo">How many followers had confirmed it then.</param>
internal sealed record MeasuredWrite(int Number, string Key, double SentAfterMs, double LatencyMs, string Outcome, long? Version, int? ReplicatedTo)
{
    /// <summary>Whether it had its quorum.</summary>
    public bool IsSuccess => Outcome == QuorumExperiment.Success;
}

/// <summary>What has been measured with one write quorum, as far as it went.</summary>
/// <param name="WriteQuorum">W.</param>
internal sealed record QuorumStep(int WriteQuorum)
{
    /// <summary>The writes that have their answer, in the order of the answers.</summary>
    public IReadOnlyList<MeasuredWrite> Writes { get; init; } = [];

    /// <summary>What the leader counted meanwhile.</summary>
    public WriteCounter? Leader { get; init; }

    /// <summary>How the followers compared with the leader after the last answer; null when that was not looked at.</summary>
    public IReadOnlyList<ReplicaComparison>? Replicas { get; init; }

    /// <summary>The latency of the successful writes; null when there are none.</summary>
    public Summary? Latency => Summary.Of(Writes.Where(write => write.IsSuccess).Select(write => write.LatencyMs));

    /// <summary>The share of writes that had their quorum.</summary>
    public double SuccessRate => Writes.Count == 0 ? 0 : (double)Writes.Count(write => write.IsSuccess) / Writes.Count;

    /// <summary>What the leader took beyond the lag that it drew, on average; null when it counted nothing.</summary>
    public double? OverheadMs => Leader is { Count: > 0 } leader ? (leader.SumSeconds - leader.LagSumSeconds) * 1000 / leader.Count : null;
}

/// <summary>A run of the experiment, as far as it went.</summary>
/// <param name="StartedAt">When it began.</param>
/// <param name="Theory">What the lag in force makes of the latency.</param>
/// <param name="Steps">One for each write quorum that was begun.</param>
/// <param name="IsComplete">Whether it went to its end.</param>
internal sealed record QuorumRun(DateTimeOffset StartedAt, DelayTheory Theory, IReadOnlyList<QuorumStep> Steps, bool IsComplete);

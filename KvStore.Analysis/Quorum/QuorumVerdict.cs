using System.Globalization;
using KvStore.Analysis.Statistics;

namespace KvStore.Analysis.Quorum;

/// <summary>Whether what was measured is what must be.</summary>
internal static class QuorumVerdict
{
    /// <summary>How far a mean may be from the theory by chance.</summary>
    public const double StandardErrorsMax = 4;

    /// <summary>What a write may take beyond the simulated lag: fsyncs, network, scheduling.</summary>
    public const double OverheadMsMax = 10;

    /// <summary>How many standard errors the measured mean is above the theory, or below it when negative; null without enough writes.</summary>
    public static double? StandardErrorsApart(Summary? latency, double theoryMs) =>
        latency is { StandardError: > 0 and var error } ? (latency.Mean - theoryMs) / error : null;

    /// <summary>
    /// Whether a mean agrees with the theory: chance moves it both ways, by up to four standard errors, and work only upwards, by up
    /// to ten milliseconds.
    /// </summary>
    public static bool Agrees(Summary? latency, double theoryMs) => latency is { StandardError: { } error }
        && latency.Mean >= theoryMs - (StandardErrorsMax * error)
        && latency.Mean <= theoryMs + OverheadMsMax + (StandardErrorsMax * error);

    /// <summary>What is wrong with a run, one sentence each; none when all is as it must be.</summary>
    public static IReadOnlyList<string> Faults(QuorumRun run) => [.. run.Steps.SelectMany(step => FaultsOf(step, run.Theory))];

    private static IEnumerable<string> FaultsOf(QuorumStep step, DelayTheory theory)
    {
        var theoryMs = theory.MeanMs(step.WriteQuorum);
        if (step.Latency is not { Count: > 1 } latency)
        {
            yield return $"W={step.WriteQuorum}: fewer than two writes succeeded, so there is nothing to compare.";
        }
        else if (!Agrees(latency, theoryMs))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"W={step.WriteQuorum}: the mean of {latency.Mean:0.0} ms is not within {StandardErrorsMax} standard errors of {latency.StandardError:0.0} ms of the theory's {theoryMs:0.0} ms, with up to {OverheadMsMax} ms of work.");
        }

        foreach (var replica in step.Replicas?.Where(replica => !replica.IsIdentical) ?? [])
        {
            yield return $"W={step.WriteQuorum}: {replica.Follower} did not become identical to the leader; of its keys, {replica.AtLast?.ToStringWithKeys() ?? "too many to list"} is the difference.";
        }
    }
}

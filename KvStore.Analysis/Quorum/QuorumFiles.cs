using System.Globalization;
using KvStore.Analysis.Consistency;
using KvStore.Analysis.Output;

namespace KvStore.Analysis.Quorum;

/// <summary>The files of a run: every write as CSV, the results with settings and machine as JSON, and the plot.</summary>
internal static class QuorumFiles
{
    private const string Name = "quorum_vs_latency";

    /// <summary>Writes them; of a run that ended early, what there is.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="AnalysisException">One cannot be written.</exception>
    public static IReadOnlyList<string> Write(OutputFolder folder, QuorumRun run, QuorumSettings settings)
    {
        List<string> paths =
        [
            folder.WriteCsv($"{Name}.csv", "write_quorum,number,key,sent_after_ms,latency_ms,outcome,version,replicated_to", run.Steps.SelectMany(Rows)),
            folder.WriteJson($"{Name}.json", Document(run, settings)),
        ];
        if (run.Steps.Any(step => step.Latency is not null))
        {
            paths.Insert(0, folder.Write($"{Name}.png", path => QuorumPlot.Save(run, Describe(run, settings), path)));
        }

        return paths;
    }

    /// <summary>What a run was made with, in a line.</summary>
    public static string Describe(QuorumRun run, QuorumSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(run.IsComplete ? "" : "stopped early; ")}{settings.Writes} writes for each W, {settings.Concurrency} at a time, {run.Theory.Followers} followers, lag {run.Theory.MinDelayMs} to {run.Theory.MaxDelayMs} ms");

    private static IEnumerable<string> Rows(QuorumStep step) => step.Writes.Select(write => string.Create(
        CultureInfo.InvariantCulture,
        $"{step.WriteQuorum},{write.Number},{write.Key},{write.SentAfterMs:0.000},{write.LatencyMs:0.000},{write.Outcome},{write.Version},{write.ReplicatedTo}"));

    private static object Document(QuorumRun run, QuorumSettings settings)
    {
        var faults = QuorumVerdict.Faults(run);
        return new
        {
            Experiment = "quorum",
            Complete = run.IsComplete,
            AsItMustBe = run.IsComplete && faults.Count == 0,
            Faults = faults,
            StartedAt = run.StartedAt.UtcDateTime,
            Settings = new
            {
                settings.Writes,
                settings.Concurrency,
                settings.Keys,
                run.Theory.Followers,
                run.Theory.MinDelayMs,
                run.Theory.MaxDelayMs,
                Cluster = settings.Leader ?? "started for this run",
            },
            Machine = Machine.Current,
            Results = run.Steps.Select(step => Result(run, step)),
        };
    }

    private static object Result(QuorumRun run, QuorumStep step)
    {
        var (latency, theoryMs) = (step.Latency, run.Theory.MeanMs(step.WriteQuorum));
        return new
        {
            step.WriteQuorum,
            Writes = step.Writes.Count,
            step.SuccessRate,
            MeanMs = Round(latency?.Mean),
            MedianMs = Round(latency?.Median),
            P95Ms = Round(latency?.P95),
            P99Ms = Round(latency?.P99),
            MinMs = Round(latency?.Min),
            MaxMs = Round(latency?.Max),
            StandardErrorMs = Round(latency?.StandardError),
            TheoryMs = Round(theoryMs),
            StandardErrorsApart = Round(QuorumVerdict.StandardErrorsApart(latency, theoryMs)),
            AgreesWithTheory = QuorumVerdict.Agrees(latency, theoryMs),
            Leader = step.Leader is { Count: > 0 } leader
                ? new
                {
                    Writes = leader.Count,
                    MeanMs = Round(leader.SumSeconds * 1000 / leader.Count),
                    DrawnLagMs = Round(leader.LagSumSeconds * 1000 / leader.Count),
                    OverheadMs = Round(step.OverheadMs),
                }
                : null,
            Replicas = step.Replicas?.Select(Replica),
        };
    }

    private static object Replica(ReplicaComparison replica) => new
    {
        replica.Follower,
        Identical = replica.IsIdentical,
        IdenticalAfterMs = Round(replica.IdenticalAfter?.TotalMilliseconds),
        DifferedAtLastAnswer = replica.AtFirst,
        StillDiffers = replica.AtLast,
    };

    private static double? Round(double? value) => value is { } v ? Math.Round(v, 3) : null;
}

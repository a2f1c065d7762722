using System.Globalization;
using KvStore.Analysis.Output;
using KvStore.Analysis.Statistics;

namespace KvStore.Analysis.Lag;

/// <summary>The files of a run: every sample as CSV, summaries with settings and machine as JSON, and the plot.</summary>
internal static class LagFiles
{
    private const string Name = "replication_lag";

    /// <summary>Writes them; of a run that ended early, what there is.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="AnalysisException">One cannot be written.</exception>
    public static IReadOnlyList<string> Write(OutputFolder folder, LagRun run, LagSettings settings)
    {
        List<string> paths =
        [
            folder.WriteCsv($"{Name}.csv", "after_seconds,follower,state,lag_entries,lag_bytes,lag_seconds", run.Samples.Select(Row)),
            folder.WriteJson($"{Name}.json", Document(run, settings)),
        ];
        if (run.Samples.Count > 0)
        {
            paths.Insert(0, folder.Write($"{Name}.png", path => LagPlot.Save(run, Describe(run, settings), path)));
        }

        return paths;
    }

    /// <summary>What a run was made with, in a line.</summary>
    public static string Describe(LagRun run, LagSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(run.IsComplete ? "" : "stopped early; ")}{settings.Rate:N0} writes/s of {settings.ValueBytes:N0} bytes over {settings.Keys:N0} keys, simulated lag {run.MinDelayMs} to {run.MaxDelayMs} ms");

    private static string Row(LagSample sample) => string.Create(
        CultureInfo.InvariantCulture,
        $"{sample.AfterSeconds:0.000},{sample.Follower},{sample.State},{sample.Entries},{sample.Bytes},{sample.Seconds:0.000}");

    private static object Document(LagRun run, LagSettings settings) => new
    {
        Experiment = "lag",
        Complete = run.IsComplete,
        StartedAt = run.StartedAt.UtcDateTime,
        Settings = new
        {
            settings.Rate,
            settings.Seconds,
            settings.IntervalMs,
            settings.Keys,
            settings.ValueBytes,
            run.MinDelayMs,
            run.MaxDelayMs,
            Cluster = settings.Leader ?? "started for this run",
        },
        Machine = Machine.Current,
        run.Load,
        Followers = run.Followers.Select(follower => new
        {
            Follower = follower,
            Entries = Summary.Of(run.Samples.Where(sample => sample.Follower == follower).Select(sample => (double)sample.Entries)),
            Bytes = Summary.Of(run.Samples.Where(sample => sample.Follower == follower).Select(sample => (double)sample.Bytes)),
            Seconds = Summary.Of(run.Samples.Where(sample => sample.Follower == follower).Select(sample => sample.Seconds)),
        }),
        Replicas = run.Replicas?.Select(replica => new { replica.Follower, Identical = replica.IsIdentical, replica.IdenticalAfter?.TotalMilliseconds, StillDiffers = replica.AtLast }),
    };
}

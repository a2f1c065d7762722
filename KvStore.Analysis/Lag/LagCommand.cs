using System.Globalization;
using KvStore.Analysis.Cluster;
using KvStore.Analysis.Consistency;
using KvStore.Analysis.Output;
using KvStore.Analysis.Statistics;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Lag;

/// <summary>Shows how far each follower is behind while the leader takes writes at a fixed rate.</summary>
/// <param name="console">Where it says so.</param>
internal sealed class LagCommand(IAnsiConsole console) : AsyncCommand<LagSettings>
{
    private static readonly TimeSpan ConvergesWithin = TimeSpan.FromSeconds(60);

    /// <inheritdoc />
    public override async Task<int> ExecuteAsync(CommandContext context, LagSettings settings, CancellationToken cancellationToken)
    {
        var folder = OutputFolder.Open(settings.Output);
        await using var cluster = await ClusterUnderTest.OpenAsync(settings, console, cancellationToken);
        var inForce = await SettingsInForce.ReadAsync(cluster, settings, cancellationToken);
        var measurement = new LagMeasurement(cluster, settings);
        var run = new LagRun(TimeProvider.System.GetUtcNow(), inForce.Lag.MinDelayMs, inForce.Lag.MaxDelayMs, measurement.Samples);
        return await Stoppable.RunAsync(
            async () =>
            {
                run = run with { Load = await MeasureAsync(measurement, settings, cancellationToken) };
                run = run with { Replicas = await new ConvergenceCheck(cluster, ConvergesWithin).RunAsync(cancellationToken), IsComplete = true };
                return run.Replicas.All(replica => replica.IsIdentical) ? 0 : Failure.ExitCode;
            },
            inForce,
            () => Show(run, settings, LagFiles.Write(folder, run, settings)),
            cancellationToken);
    }

    private Task<Load.LoadResult> MeasureAsync(LagMeasurement measurement, LagSettings settings, CancellationToken cancellationToken) =>
        console.Progress().StartAsync(progress =>
        {
            var bar = progress.AddTask(string.Create(CultureInfo.InvariantCulture, $"{settings.Rate:N0} writes/s"), maxValue: settings.Seconds);
            return measurement.RunAsync(seconds => bar.Value = seconds, cancellationToken);
        });

    private void Show(LagRun run, LagSettings settings, IReadOnlyList<string> paths)
    {
        console.MarkupLineInterpolated($"{LagFiles.Describe(run, settings)}; {Machine.Current.ToString()}");
        if (run.Load is { } load)
        {
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture, $"{load.WritesPerSecond:0} writes/s, median {load.MedianMs:0.0} ms, p99 {load.P99Ms:0.0} ms, {load.Failed} failed");
        }

        var table = new Table().Border(TableBorder.Rounded).Title("Replication lag");
        table.AddColumns("follower", "entries: mean", "max", "kB: mean", "max", "seconds: mean", "max", "after the last write");
        foreach (var follower in run.Followers)
        {
            var samples = run.Samples.Where(sample => sample.Follower == follower).ToList();
            table.AddRow(
            [
                follower,
                .. Figures(samples, sample => sample.Entries, "0"),
                .. Figures(samples, sample => sample.Bytes / 1000.0, "0.0"),
                .. Figures(samples, sample => sample.Seconds, "0.000"),
                Describe(run.Replicas?.FirstOrDefault(replica => replica.Follower == follower)),
            ]);
        }

        console.Write(table);
        console.MarkupLineInterpolated($"{(run.IsComplete ? "Written" : "Stopped; what was measured so far is")}: {string.Join(", ", paths)}");
    }

    private static IEnumerable<string> Figures(List<LagSample> samples, Func<LagSample, double> value, string format)
    {
        var summary = Summary.Of(samples.Select(value))!;
        return [summary.Mean.ToString(format, CultureInfo.InvariantCulture), summary.Max.ToString(format, CultureInfo.InvariantCulture)];
    }

    private static string Describe(ReplicaComparison? replica) => replica switch
    {
        null => "not looked at",
        { IdenticalAfter: { } after } => string.Create(CultureInfo.InvariantCulture, $"[green]identical[/], {after.TotalSeconds:0.00} s"),
        _ => $"[red]{replica.AtLast?.ToString() ?? "differs"}[/]",
    };
}

using KvStore.Analysis.Cluster;
using KvStore.Analysis.Output;
using KvStore.Analysis.Statistics;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Quorum;

/// <summary>Measures what each write quorum costs, beside the theory, and checks that all replicas become identical.</summary>
/// <param name="console">Where it says so.</param>
internal sealed class QuorumCommand(IAnsiConsole console) : AsyncCommand<QuorumSettings>
{
    // A narrow terminal wraps lines; cut off numbers would be worse.
    private const int TablesWidth = 130;

    /// <inheritdoc />
    public override async Task<int> ExecuteAsync(CommandContext context, QuorumSettings settings, CancellationToken cancellationToken)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, TablesWidth);
        var folder = OutputFolder.Open(settings.Output);
        await using var cluster = await ClusterUnderTest.OpenAsync(settings, console, cancellationToken);
        var inForce = await SettingsInForce.ReadAsync(cluster, settings, cancellationToken);
        var theory = new DelayTheory(cluster.Followers.Count, inForce.Lag.MinDelayMs, inForce.Lag.MaxDelayMs);
        var run = new QuorumRun(TimeProvider.System.GetUtcNow(), theory, [], IsComplete: false);
        return await Stoppable.RunAsync(
            async () =>
            {
                await MeasureAsync(cluster, inForce, settings, steps => run = run with { Steps = steps }, cancellationToken);
                run = run with { IsComplete = true };
                return QuorumVerdict.Faults(run).Count == 0 ? 0 : Failure.ExitCode;
            },
            inForce,
            () => Show(run, settings, QuorumFiles.Write(folder, run, settings)),
            cancellationToken);
    }

    private Task MeasureAsync(
        ClusterUnderTest cluster, SettingsInForce inForce, QuorumSettings settings, Action<IReadOnlyList<QuorumStep>> measured, CancellationToken cancellationToken) =>
        console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                string[] names = ["warm-up", .. cluster.Followers.Select((_, i) => $"W={i + 1}")];
                var bars = names.Select((name, i) => progress.AddTask(name, autoStart: i == 0, maxValue: 1)).ToList();
                var experiment = new QuorumExperiment(cluster, inForce, settings, (quorum, part) =>
                {
                    bars[quorum].StartTask();
                    bars[quorum].Value = part;
                });
                measured(experiment.Steps);
                await experiment.RunAsync(cancellationToken);
            });

    private void Show(QuorumRun run, QuorumSettings settings, IReadOnlyList<string> paths)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"{QuorumFiles.Describe(run, settings)}; {Machine.Current.ToString()}");
        console.Write(QuorumTables.Latencies(run));
        console.Write(QuorumTables.Replicas(run));
        if (settings.Explain && run.IsComplete)
        {
            console.WriteLine(QuorumExplanation.Of(run));
            console.WriteLine();
        }

        console.MarkupLineInterpolated($"{(run.IsComplete ? "Written" : "Stopped; what was measured so far is")}: {string.Join(", ", paths)}");
        if (run.IsComplete)
        {
            Judge(run);
        }
    }

    private void Judge(QuorumRun run)
    {
        var faults = QuorumVerdict.Faults(run);
        foreach (var fault in faults)
        {
            console.MarkupLineInterpolated($"[red]{fault}[/]");
        }

        if (faults.Count == 0)
        {
            console.MarkupLineInterpolated($"[green]All {run.Theory.Followers + 1} replicas are identical, and every mean agrees with the theory.[/]");
        }
    }
}

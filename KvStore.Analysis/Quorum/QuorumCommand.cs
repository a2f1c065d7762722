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

    // Ctrl-C in a terminal reaches the nodes as well: one that is gone may be noticed before the signal is.
    private static readonly TimeSpan SignalWithin = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc />
    public override async Task<int> ExecuteAsync(CommandContext context, QuorumSettings settings, CancellationToken cancellationToken)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, TablesWidth);
        var folder = OutputFolder.Open(settings.Output);
        await using var cluster = await console.Status().StartAsync(
            settings.Leader is null ? "Starting a cluster" : "Asking the cluster", _ => ClusterUnderTest.OpenAsync(settings, cancellationToken));
        var inForce = await SettingsInForce.ReadAsync(cluster, cancellationToken);
        if (!cluster.IsOwn && settings.ChangesLag)
        {
            await inForce.SetLagAsync(new(settings.MinDelayMs!.Value, settings.MaxDelayMs!.Value), cancellationToken);
        }

        var theory = new DelayTheory(cluster.Followers.Count, inForce.Lag.MinDelayMs, inForce.Lag.MaxDelayMs);
        var run = new QuorumRun(TimeProvider.System.GetUtcNow(), theory, [], IsComplete: false);
        try
        {
            await MeasureAsync(cluster, inForce, settings, steps => run = run with { Steps = steps }, cancellationToken);
            run = run with { IsComplete = true };
        }
        catch (AnalysisException) when (IsStopped(cancellationToken))
        {
            // It is the end that was asked for.
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was measured until then is reported.
        }
        finally
        {
            try
            {
                await inForce.PutBackAsync();
            }
            finally
            {
                // Also when a node went away: what there is, is in the files.
                Show(run, settings, QuorumFiles.Write(folder, run, settings));
            }
        }

        return run.IsComplete ? Judge(run) : Failure.StoppedExitCode;
    }

    private Task MeasureAsync(
        ClusterUnderTest cluster, SettingsInForce inForce, QuorumSettings settings, Action<IReadOnlyList<QuorumStep>> measured, CancellationToken cancellationToken) =>
        console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                var bars = cluster.Followers.Select((_, i) => progress.AddTask($"W={i + 1}", autoStart: i == 0, maxValue: settings.Writes)).ToList();
                var experiment = new QuorumExperiment(cluster, inForce, settings, (quorum, writes) =>
                {
                    bars[quorum - 1].StartTask();
                    bars[quorum - 1].Value = writes;
                });
                measured(experiment.Steps);
                await experiment.RunAsync(cancellationToken);
            });

    private static bool IsStopped(CancellationToken cancellationToken) => cancellationToken.WaitHandle.WaitOne(SignalWithin);

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
    }

    private int Judge(QuorumRun run)
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

        return faults.Count == 0 ? 0 : Failure.ExitCode;
    }
}

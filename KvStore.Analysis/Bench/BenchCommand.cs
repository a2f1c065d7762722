using KvStore.Analysis.Bench.Report;
using KvStore.Analysis.Bench.Stores;
using KvStore.Analysis.Output;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Bench;

/// <summary>Measures writes and reads, and those of other stores beside them.</summary>
internal sealed class BenchCommand : AsyncCommand<BenchSettings>
{
    private const string FileName = "bench.json";
    private const string LoadAverage = "/proc/loadavg";
    private const string InMemory = "tmpfs";

    private readonly IAnsiConsole _console;

    public BenchCommand(IAnsiConsole console) => _console = console;

    /// <inheritdoc />
    public override async Task<int> ExecuteAsync(CommandContext context, BenchSettings settings, CancellationToken cancellationToken)
    {
        // A table that is broken into the 80 columns of a file or a pipe cannot be read.
        _console.Profile.Width = Math.Max(_console.Profile.Width, BenchTables.Width);
        var output = OutputFolder.Open(settings.Output);
        var scenarios = Scenarios.From(settings);
        foreach (var peer in settings.PeerList)
        {
            await StoreSet.RequireAsync(peer, cancellationToken);
        }

        await using var stores = new StoreSet(settings.Data, settings.Leader is null ? null : new Uri(settings.Leader));
        var report = new BenchReport
        {
            StartedAt = DateTimeOffset.UtcNow,
            Command = string.Join(' ', Environment.GetCommandLineArgs().Skip(1)),
            Machine = Machine.Current,
            FileSystem = stores.FileSystem,
            LoadAverageBefore = File.Exists(LoadAverage) ? (await File.ReadAllTextAsync(LoadAverage, cancellationToken)).Split(' ')[0] : null,
        };
        if (report.FileSystem == InMemory)
        {
            _console.MarkupLine("[yellow]The stores' data are in memory (tmpfs), where an fsync costs nothing: name a folder on a disk with --data.[/]");
        }

        try
        {
            var run = new BenchRun(stores, report, settings, Tell);
            await run.RunAsync(scenarios, cancellationToken);
            report.IsComplete = true;
        }
        finally
        {
            // A run that measured nothing leaves the file of an earlier one alone.
            if (report.Measurements.Count > 0)
            {
                var path = Save();
                BenchTables.Write(_console, report);
                _console.WriteLine($"The whole run is in {path}");
            }
        }

        return report.Measurements.GroupBy(of => (of.Scenario, of.Contender)).Any(rounds => rounds.All(of => of.Operations == 0)) ? Failure.ExitCode : 0;

        void Tell(string line)
        {
            _console.WriteLine(line);
            if (report.Measurements.Count > 0)
            {
                Save();
            }
        }

        string Save()
        {
            report.Ratios = [.. scenarios.SelectMany(scenario => Ratio.From(scenario, report.Measurements))];
            return output.WriteJson(FileName, report);
        }
    }
}

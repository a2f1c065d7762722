using KvStore.Analysis.Output;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.CatchUp;

/// <summary>Measures how fast a follower catches up, and what that does to writes. The nodes are processes of this program's own build.</summary>
/// <param name="console">Where it says so.</param>
internal sealed class CatchUpCommand(IAnsiConsole console) : AsyncCommand<CatchUpSettings>
{
    private const string FileName = "catchup.json";

    /// <inheritdoc />
    public override async Task<int> ExecuteAsync(CommandContext context, CatchUpSettings settings, CancellationToken cancellationToken)
    {
        var folder = OutputFolder.Open(settings.Output);
        var startedAt = TimeProvider.System.GetUtcNow();
        var results = new List<CatchUpResult>();
        var isComplete = false;
        return await Stoppable.RunAsync(
            async () =>
            {
                await console.Status().StartAsync("…", async status =>
                {
                    foreach (var part in settings.PartsOrDefault)
                    {
                        await MeasureAsync(part, settings, results, text => status.Status = $"{part}: {text}", cancellationToken);
                    }
                });
                isComplete = true;
                return 0;
            },
            inForce: null,
            () =>
            {
                var path = folder.WriteJson(FileName, new
                {
                    Experiment = "catchup",
                    Complete = isComplete,
                    StartedAt = startedAt.UtcDateTime,
                    Settings = new { Parts = settings.PartsOrDefault, settings.Entries, CatchUpMeasurement.ValueBytes, settings.Rate, WriteQuorum = 3 },
                    Machine = Machine.Current,
                    Results = results,
                });
                console.MarkupLineInterpolated(
                    $"{settings.Entries:N0} entries of {CatchUpMeasurement.ValueBytes} bytes, {settings.Rate:N0} writes/s, W = 3, fsync on; {Machine.Current.ToString()}");
                console.Write(CatchUpTable.Of(results));
                console.MarkupLineInterpolated($"{(isComplete ? "Written" : "Stopped; what was measured so far is")}: {path}");
            },
            cancellationToken);
    }

    private static async Task MeasureAsync(string part, CatchUpSettings settings, List<CatchUpResult> results, Action<string> say, CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("kvstore-catchup-");
        var index = results.Count;
        void Report(CatchUpResult result)
        {
            results.RemoveRange(index, results.Count - index);
            results.Add(result);
        }

        try
        {
            await (part switch
            {
                CatchUpSettings.Ready => new ReadyMeasurement(data.FullName, settings, say).RunAsync(Report, cancellationToken),
                CatchUpSettings.Behind => new BehindMeasurement(data.FullName, settings, say).RunAsync(Report, cancellationToken),
                _ => new CatchUpMeasurement(data.FullName, settings, part == CatchUpSettings.Snapshot, say).RunAsync(Report, cancellationToken),
            });
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }
}

using KvStore.Analysis;
using KvStore.Analysis.Bench;
using KvStore.Analysis.CatchUp;
using KvStore.Analysis.Lag;
using KvStore.Analysis.Quorum;
using Spectre.Console;
using Spectre.Console.Cli;

// A narrow terminal wraps lines; cut off numbers would be worse.
AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 130);

using var stop = new StopSignals();
var app = new CommandApp();
app.Configure(commands =>
{
    commands.SetApplicationName("KvStore.Analysis");
    commands.UseStrictParsing();
    commands.SetExceptionHandler((exception, _) => Failure.Report(exception));
    commands.AddCommand<QuorumCommand>("quorum").WithDescription("Shows what each write quorum costs, against the theory, and that all replicas become identical.");
    commands.AddCommand<LagCommand>("lag").WithDescription("Shows how far each follower is behind while writes come at a fixed rate.");
    commands.AddCommand<CatchUpCommand>("catchup").WithDescription("Measures how fast a follower catches up, and what that does to writes.");
    commands.AddCommand<BenchCommand>("bench").WithDescription("Measures writes and reads, and those of other stores beside them.");
});
return await app.RunAsync(args, stop.Token);

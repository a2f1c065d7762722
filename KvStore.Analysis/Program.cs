using KvStore.Analysis;
using KvStore.Analysis.Bench;
using KvStore.Analysis.Quorum;
using Spectre.Console.Cli;

using var stop = new StopSignals();
var app = new CommandApp();
app.Configure(commands =>
{
    commands.SetApplicationName("KvStore.Analysis");
    commands.UseStrictParsing();
    commands.SetExceptionHandler((exception, _) => Failure.Report(exception));
    commands.AddCommand<QuorumCommand>("quorum").WithDescription("Shows what each write quorum costs, against the theory, and that all replicas become identical.");
    commands.AddCommand<BenchCommand>("bench").WithDescription("Measures writes and reads, and those of other stores beside them.");
});
return await app.RunAsync(args, stop.Token);

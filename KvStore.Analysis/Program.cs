using KvStore.Analysis.Bench;
using Spectre.Console.Cli;

var app = new CommandApp();
app.Configure(commands =>
{
    commands.SetApplicationName("KvStore.Analysis");
    commands.AddCommand<BenchCommand>("bench").WithDescription("Measures writes and reads, and those of other stores beside them.");
});
return await app.RunAsync(args);

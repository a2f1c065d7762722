using KvStore.Tests.Benchmarks;
using KvStore.Tests.Dashboard.EndToEnd;
using KvStore.Tests.Simulation;

// `dotnet test` runs the tests. This is for what is run by hand, for as long as one likes.
return args switch
{
    ["simulate", .. var rest] => SimulateCommand.Run(rest),
    ["bench", .. var rest] => await BenchCommand.RunAsync(rest),
    ["screenshots", .. var rest] => await ScreenshotsCommand.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        $"""
        The tests are run by `dotnet test`. Beside them there is:

          dotnet run --project KvStore.Tests -- simulate {SimulateCommand.Arguments}
          dotnet run --project KvStore.Tests -c Release -- bench {BenchCommand.Arguments}
          dotnet run --project KvStore.Tests -- screenshots {ScreenshotsCommand.Arguments}
        """);
    return 1;
}

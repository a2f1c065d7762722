using KvStore.Tests.Simulation;

// `dotnet test` runs the tests. This is for what is run by hand, for as long as one likes.
return args switch
{
    ["simulate", .. var rest] => SimulateCommand.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        $"""
        The tests are run by `dotnet test`. Beside them there is:

          dotnet run --project KvStore.Tests -- simulate {SimulateCommand.Arguments}
        """);
    return 1;
}

using KvStore.Node.Faults;
using Xunit.Abstractions;

namespace KvStore.Tests.Simulation;

/// <summary>Six nodes on one thread under faults of every kind; see docs/replication.md.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 2_000;
    private const int SeedsToFindABug = 400;

    private static readonly string[] MustHappen =
        ["write acknowledged", "write unknown", "crash", "wipe", "fsync fault", "second leader", "entry given up", "cut", "snapshot in place", "catchup message", "retry message"];

    [Fact]
    public void Every_promise_holds_under_every_seed()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("KVSTORE_SIMULATION_SEED"), out var given) ? given : Random.Shared.Next(1 << 30);
        output.WriteLine($"Seeds from {first} on.");
        var counts = new SimulationCounts();
        var faults = new List<string>();
        var left = Seeds;
        SeedRunner.Run(() => left-- > 0 ? first + left : null, Run, Environment.ProcessorCount);
        output.WriteLine($"{counts}");
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults.Take(10)));
        Assert.All(MustHappen, what => Assert.True(counts.Of(what) > 0, $"No {what} in {Seeds} seeds: they prove nothing about it."));

        void Run(int seed)
        {
            var result = Simulation.Run(seed);
            lock (counts)
            {
                counts.Add(result.Counts);
                if (result.Fault is not null)
                {
                    faults.Add($"Seed {result.Seed}: {result.Fault}{Environment.NewLine}  {SimulateCommand.ReplayOf(result.Seed, PlantedBug.None)}");
                }
            }
        }
    }

#if FAULT_POINTS
    public static TheoryData<string> Bugs => [.. Enum.GetNames<PlantedBug>().Where(name => name != nameof(PlantedBug.None))];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Each_planted_bug_is_noticed(string name)
    {
        var bug = Enum.Parse<PlantedBug>(name);
        for (var seed = 0; seed < SeedsToFindABug; seed++)
        {
            if (Simulation.Run(seed, bug).Fault is { } fault)
            {
                output.WriteLine($"Seed {seed}: {fault}{Environment.NewLine}  {SimulateCommand.ReplayOf(seed, bug)}");
                return;
            }
        }

        Assert.Fail($"{bug} was not noticed in {SeedsToFindABug} seeds.");
    }
#endif

    [Fact]
    public void The_same_seed_does_the_same_again()
    {
        var first = Simulation.Run(7, isNoting: true);
        var second = Simulation.Run(7, isNoting: true);

        Assert.Equal(first.Notes, second.Notes);
        Assert.NotEmpty(first.Notes);
    }
}

using KvStore.Tests.Crash;
using KvStore.Tests.Integration;
using Xunit.Abstractions;

namespace KvStore.Tests.Upgrade;

/// <summary>
/// One node after another goes from the commit before to this one, while clients write: data on disk and messages between nodes
/// of both must be understood by both, and no acknowledged write may be lost on the way (DURABLE, QUORUM, CONVERGE).
/// </summary>
public sealed class UpgradeTests(ITestOutputHelper output)
{
    private const int WritesBetweenSteps = 50;
    private const int Seed = 1;
    private const string Load = "load-";
    private const string Step = "step-";

    private readonly string _new = Path.Combine(AppContext.BaseDirectory, "KvStore.Node.dll");

    [UpgradeFact]
    public Task Followers_first_and_the_leader_last_loses_no_acknowledged_write() => UpgradeAsync([.. UpgradeCluster.Followers, UpgradeCluster.Leader]);

    [UpgradeFact]
    public Task The_leader_first_and_the_followers_after_it_loses_no_acknowledged_write() => UpgradeAsync([UpgradeCluster.Leader, .. UpgradeCluster.Followers]);

    private async Task UpgradeAsync(string[] order)
    {
        var old = await PreviousCommit.ProgramAsync();
        output.WriteLine($"From commit {PreviousCommit.Hash}.");
        await using var cluster = new UpgradeCluster();
        await cluster.StartAsync(old);

        await using var load = CrashLoad.Start(cluster.WriteAsync, cluster.DeleteAsync, Load, Seed);
        await load.WaitForAcknowledgedAsync(WritesBetweenSteps);
        foreach (var node in order)
        {
            await cluster.ReplaceAsync(node, _new);
            await cluster.WriteEverywhereAsync($"{Step}{node}");
            await load.WaitForAcknowledgedAsync(WritesBetweenSteps);
        }

        await load.EndAsync();
        var states = await cluster.WaitUntilIdenticalAsync();

        var check = new CrashCheck(load.Writes);
        var faults = check.FaultsInAnswers(versionMin: 1, UpgradeCluster.WriteQuorum).Concat(states.SelectMany(state => check.FaultsIn(state.Key, OfTheLoad(state.Value))));
        output.WriteLine(string.Join(", ", load.Writes.CountBy(write => write.Fate).OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key}")));
        Assert.Empty(faults);
    }

    private static StateAnswer OfTheLoad(StateAnswer state) => new(
        state.Store.Where(pair => pair.Key.StartsWith(Load, StringComparison.Ordinal)).ToDictionary(),
        state.Versions.Where(pair => pair.Key.StartsWith(Load, StringComparison.Ordinal)).ToDictionary());
}

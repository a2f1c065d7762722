using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>SIGKILL at a moment of heavy writing loses no acknowledged write (DURABLE), and gives no number twice (ORDER).</summary>
[Collection(IntegrationTests.Plain)]
public sealed class CrashTests(PlainCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    private const int Writers = 40;
    private const int WritesBeforeTheCrash = 400;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_leader_killed_under_load_comes_back_with_every_acknowledged_write(int quorum)
    {
        await Cluster.SetQuorumAsync(quorum);
        await Cluster.SetLagAsync(0, 20);
        await CrashUnderLoadAsync($"leader-killed-{quorum}", [Cluster.Leader]);
    }

    [Fact]
    public async Task Six_nodes_killed_at_once_under_load_come_back_with_every_acknowledged_write() =>
        await CrashUnderLoadAsync("all-killed", [.. Cluster.Nodes]);

    [Fact]
    public async Task A_follower_killed_under_load_comes_back_and_no_write_is_refused()
    {
        var load = StartLoad("follower-killed");
        await load.WaitForAcknowledgedAsync(WritesBeforeTheCrash);
        await Cluster.KillAsync("follower5");
        await load.WaitForAcknowledgedAsync(load.Acknowledged.Count + WritesBeforeTheCrash);
        await Cluster.StartAsync("follower5");
        await load.EndAsync();

        Assert.Equal(0, load.NotAcknowledged);
        load.AssertKept(await Cluster.WaitUntilIdenticalAsync());
    }

    private async Task CrashUnderLoadAsync(string name, string[] victims)
    {
        var epoch = (await Cluster.InfoAsync(Cluster.Leader)).Epoch;
        var load = StartLoad(name);
        await load.WaitForAcknowledgedAsync(WritesBeforeTheCrash);

        await Cluster.KillAsync(victims);
        await load.EndAsync();
        await Cluster.StartAsync(victims);

        Output.WriteLine($"{load.Acknowledged.Count} writes were acknowledged, {load.NotAcknowledged} were not.");
        load.AssertKept(await Cluster.StateAsync(Cluster.Leader));
        Assert.All(load.Acknowledged, write => Assert.Equal(epoch, write.Epoch));
        var after = await Cluster.WriteAsync($"{name}-after", "value");
        Assert.True(after.IsAcknowledged, after.Detail);
        Assert.True(after.Epoch > epoch, $"The epoch was {epoch} and is {after.Epoch}.");
        Assert.True(after.Version > load.Acknowledged.Max(write => write.Version));
        load.AssertKept(await Cluster.WaitUntilIdenticalAsync());
    }

    private Workload StartLoad(string name)
    {
        var seed = Random.Shared.Next(1_000_000);
        Output.WriteLine($"The seed is {seed}.");
        return Workload.Start(Cluster, name, Writers, seed);
    }
}

using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>Followers become identical to the leader whatever order entries arrive in and whoever was away (CONVERGE).</summary>
[Collection(IntegrationTests.Plain)]
public sealed class ConvergenceTests(PlainCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    private const int Writes = 300;
    private const int AtATime = 50;
    private const int Keys = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Concurrent_writes_of_few_keys_with_lag_end_in_six_identical_states(int quorum)
    {
        var seed = Random.Shared.Next();
        Output.WriteLine($"The seed is {seed}.");
        var keys = new Random(seed).GetItems(Enumerable.Range(0, Keys).Select(i => $"race-{quorum}-{i}").ToArray(), Writes);
        await Cluster.SetQuorumAsync(quorum);
        await Cluster.SetLagAsync(0, 200);

        var answers = new WriteAnswer[Writes];
        await Parallel.ForAsync(0, Writes, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (i, cancellationToken) =>
            answers[i] = await Cluster.WriteAsync(keys[i], $"{i}", cancellationToken: cancellationToken));

        Assert.All(answers, answer => Assert.True(answer.IsAcknowledged, answer.Detail));
        Assert.All(answers, answer => Assert.InRange(answer.ReplicatedTo!.Value, quorum, 5));
        Assert.Equal(Writes, answers.Select(answer => answer.Version).Distinct().Count());
        var state = await Cluster.WaitUntilIdenticalAsync();
        foreach (var key in keys.Distinct())
        {
            var newest = Enumerable.Range(0, Writes).Where(i => keys[i] == key).MaxBy(i => answers[i].Version);
            Assert.Equal((answers[newest].Version!.Value, $"{newest}"), (state.Versions[key], state.Store[key]));
        }
    }

    [Fact]
    public async Task A_follower_that_was_down_catches_up_from_the_log()
    {
        await Cluster.WriteAsync("down-before", "value");
        await Cluster.WaitUntilIdenticalAsync();
        await Cluster.StopAsync("follower4");
        var missed = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Cluster.WriteAsync($"down-{i}", "missed")));
        Assert.All(missed, write => Assert.True(write.IsAcknowledged, write.Detail));
        var store = (await Cluster.LaneAsync("follower4")).StoreId;

        await Cluster.StartAsync("follower4");

        var state = await Cluster.WaitUntilIdenticalAsync();
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal("missed", state.Store[$"down-{i}"]));
        Assert.Equal(store, (await Cluster.LaneAsync("follower4")).StoreId);
    }

    [Fact]
    public async Task A_follower_whose_disk_is_wiped_between_two_writes_gets_everything_back()
    {
        var before = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Cluster.WriteAsync($"wiped-{i}", "before")));
        Assert.All(before, write => Assert.True(write.IsAcknowledged, write.Detail));
        await Cluster.WaitUntilIdenticalAsync();
        var store = (await Cluster.InfoAsync("follower3")).StoreId;

        await Cluster.WipeAsync("follower3");
        await Cluster.SetQuorumAsync(5);
        var after = await Cluster.WriteAsync("wiped-after", "value");

        Assert.Equal(5, after.ReplicatedTo);
        var state = await Cluster.WaitUntilIdenticalAsync();
        Assert.Equal("before", state.Store["wiped-0"]);
        Assert.NotEqual(store, (await Cluster.InfoAsync("follower3")).StoreId);
    }

    [Fact]
    public async Task A_follower_whose_disk_is_wiped_gets_everything_back_though_nobody_writes()
    {
        var written = await Cluster.WriteAsync("wiped-idle", "value");
        Assert.True(written.IsAcknowledged, written.Detail);
        await Cluster.WaitUntilIdenticalAsync();

        await Cluster.WipeAsync("follower2");

        Assert.Equal("value", (await Cluster.WaitUntilIdenticalAsync()).Store["wiped-idle"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Settings_changed_at_run_time_survive_a_restart_of_the_leader(bool isKilled)
    {
        await Cluster.SetQuorumAsync(isKilled ? 4 : 2);
        await Cluster.SetLagAsync(1, isKilled ? 7 : 9);

        await (isKilled ? Cluster.KillAsync(Cluster.Leader) : Cluster.StopAsync(Cluster.Leader));
        await Cluster.StartAsync(Cluster.Leader);

        Assert.Equal(isKilled ? 4 : 2, await Cluster.QuorumAsync());
        Assert.Equal(new LagAnswer(1, isKilled ? 7 : 9), await Cluster.LagAsync());
        Assert.Equal(isKilled ? 4 : 2, (await Cluster.WriteAsync("settings", "value")).WriteQuorum);
    }
}

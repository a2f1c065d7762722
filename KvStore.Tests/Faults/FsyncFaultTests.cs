#if FAULT_POINTS
using System.Net;
using KvStore.Tests.Api;

namespace KvStore.Tests.Faults;

/// <summary>A disk that fails: nothing is confirmed any more, what there is stays readable, and a restart finds a consistent state.</summary>
public sealed class FsyncFaultTests
{
    [Theory]
    [InlineData("fsync.fail-before", false)]
    [InlineData("fsync.fail-after", true)]
    public async Task On_the_leader_the_write_is_unknown_later_ones_are_rejected_and_after_a_restart_it_is_on_all_or_none(string point, bool isWritten)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        (await cluster.Client.PutAsync("k", "first")).Is(HttpStatusCode.OK);
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["KVSTORE_FAULTS"] = $"{point}=#3" }); // After the epoch and one write.
        (await cluster.Client.PutAsync("k", "second")).Is(HttpStatusCode.OK);

        var unknown = (await cluster.Client.PutAsync("k", "third", "order-3")).IsProblem(HttpStatusCode.ServiceUnavailable);
        Assert.Equal("unknown", unknown.Text("outcome"));
        Assert.False(unknown.Has("version"));
        var statistics = (await cluster.Client.FetchAsync("/replication/writes")).Is(HttpStatusCode.OK);
        Assert.Equal(2, statistics.Number("writes"));

        // The number of the third may go to another write, so nobody hears of it.
        Assert.Equal(2, Assert.Single(statistics.GetProperty("slowest").EnumerateArray()).Number("version"));

        for (var i = 0; i < 3; i++)
        {
            var rejected = (await cluster.Client.PutAsync("later", "v")).IsProblem(HttpStatusCode.ServiceUnavailable);
            Assert.Equal("rejected", rejected.Text("outcome"));
            Assert.Contains("The leader's disk failed", rejected.Text("detail"), StringComparison.Ordinal);
            Assert.Contains("restart the node", rejected.Text("detail"), StringComparison.Ordinal);
        }

        var health = await cluster.Client.FetchAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Contains("The leader's disk failed", health.Json.Text("detail"), StringComparison.Ordinal);
        (await cluster.Client.ReadAsync("k")).Is(HttpStatusCode.OK);
        (await cluster.Client.FetchAsync("/state")).Is(HttpStatusCode.OK);
        (await cluster.Followers[0].Client.FetchAsync("/health")).Is(HttpStatusCode.OK);

        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync();

        await cluster.AllNodesBecomeIdenticalAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(isWritten ? "third" : "second", (await node.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
        }

        // Sent again under its name, it is made once.
        Assert.Equal(3, (await cluster.Client.PutAsync("k", "third", "order-3")).Is(HttpStatusCode.OK).Number("version"));
        Assert.Equal(4, (await cluster.Client.PutAsync("k", "fourth")).Is(HttpStatusCode.OK).Number("version"));
        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Theory]
    [InlineData("fsync.fail-before")]
    [InlineData("fsync.fail-after")]
    public async Task On_a_follower_it_is_unhealthy_and_confirms_nothing_the_others_go_on_and_after_a_restart_it_converges(string point)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        await cluster.StopFollowerAsync(2);
        await cluster.StartFollowerAsync(2, new() { ["KVSTORE_FAULTS"] = $"{point}=#2" });
        await cluster.AllFollowersReplicateAsync();

        // How many of them a follower makes durable at once is its own affair, so there are more until it has done that twice.
        var health = await Eventually.BecomesAsync(
            async () =>
            {
                (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
                return await cluster.Followers[2].Client.FetchAsync("/health");
            },
            answer => answer.Status == HttpStatusCode.ServiceUnavailable, answer => answer.Text, "the follower with the broken disk to be unhealthy");
        Assert.Contains("The follower's disk failed", health.Json.Text("detail"), StringComparison.Ordinal);
        var watermark = (await cluster.Followers[2].Client.FetchAsync("/")).Json.Number("watermark");
        for (var i = 0; i < 10; i++)
        {
            (await cluster.Client.PutAsync($"k{i}", "v2")).Is(HttpStatusCode.OK);
        }

        Assert.Equal(watermark, (await cluster.Followers[2].Client.FetchAsync("/")).Json.Number("watermark"));
        (await cluster.Followers[2].Client.FetchAsync("/keys")).Is(HttpStatusCode.OK);
        await Eventually.HoldsAsync("the leader says that it confirms nothing", async () =>
            (await cluster.Client.FetchAsync("/replication")).Json.GetProperty("followers")[2] is var lane
            && lane.Text("state") is "stalled" or "unreachable" && lane.Text("cause").Contains("The follower's disk failed", StringComparison.Ordinal));

        await cluster.StopFollowerAsync(2);
        await cluster.StartFollowerAsync(2);

        await cluster.AllNodesBecomeIdenticalAsync();
    }
}
#endif

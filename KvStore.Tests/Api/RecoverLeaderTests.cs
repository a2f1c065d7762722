using System.Net;
using KvStore.Node.Recovery;

namespace KvStore.Tests.Api;

/// <summary>A leader whose disk is lost, brought back from its followers' data.</summary>
public sealed class RecoverLeaderTests
{
    [Fact]
    public async Task A_leader_that_lost_its_disk_leads_again_with_every_write()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        for (var i = 0; i < 40; i++)
        {
            (await cluster.Client.PutAsync($"k{i % 9}", $"{i}", $"write-{i}")).Is(HttpStatusCode.OK);
        }

        (await cluster.Client.RemoveAsync("k4")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        var before = await DigestAsync(cluster.Leader);
        await LoseLeaderAsync(cluster);

        // Without its data it takes no write, and says who has what.
        await cluster.StartLeaderAsync();
        Assert.Equal("rejected", (await cluster.Client.PutAsync("k", "v")).IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));
        Assert.Contains((await cluster.Client.FetchAsync("/health")).Json.Texts("reasons"), reason => reason.Contains("LSN 41", StringComparison.Ordinal));
        await LoseLeaderAsync(cluster);

        await RecoverAsync(cluster, "--followers", "3");

        Assert.Equal(before, await DigestAsync(cluster.Leader));
        Assert.Equal(40, (await cluster.Client.PutAsync("k3", "39", "write-39")).Is(HttpStatusCode.OK).Number("version"));
        Assert.Equal(42, (await cluster.WriteAsync("new", "v")).Number("version"));
        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Fact]
    public async Task Every_acknowledged_write_is_there_also_when_followers_have_holes()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            LeaderSettings = new() { ["WRITE_QUORUM"] = "1", ["MAX_DELAY_MS"] = "1500", ["LOG_KEEP_ENTRIES"] = "10" },
        });
        using var client = new HttpClient { BaseAddress = cluster.Leader.Address }; // It outlives the leader.
        var writes = Enumerable.Range(0, 60).Select(i => client.PutAsync($"k{i}", $"{i}")).ToList();
        await Task.WhenAny(Task.WhenAll(writes.Take(20)), Task.WhenAny(writes.Skip(20)));
        await LoseLeaderAsync(cluster);
        var acknowledged = (await Task.WhenAll(writes)).Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Json).ToList();
        Assert.NotEmpty(acknowledged);
        var gaps = await Task.WhenAll(cluster.Followers.Select(async node => (await node.Client.FetchAsync("/replication")).Json.GetProperty("held_above").GetArrayLength()));
        Assert.Contains(gaps, count => count > 0);

        await RecoverAsync(cluster, "--followers", "3");

        await cluster.WriteAsync("new", "v");
        await cluster.AllNodesBecomeIdenticalAsync();
        foreach (var write in acknowledged)
        {
            var read = (await cluster.Followers[0].Client.ReadAsync(write.Text("key"))).Is(HttpStatusCode.OK);
            Assert.Equal((write.Text("value"), write.Number("version")), (read.Text("value"), read.Number("version")));
        }
    }

    [Fact]
    public async Task A_follower_that_was_not_named_becomes_identical_whatever_else_it_holds()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        (await cluster.Client.PutAsync("k", "old")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        (await cluster.Client.AdministerAsync("/admin/replication/follower1/pause")).Is(HttpStatusCode.OK);
        (await cluster.Client.PutAsync("k", "on the others alone")).Is(HttpStatusCode.OK);
        await Eventually.HoldsAsync("the others have it", async () =>
            (await cluster.Followers[2].Client.ReadAsync("k")).Json.Number("version") == 2 && (await cluster.Followers[1].Client.ReadAsync("k")).Json.Number("version") == 2);
        await LoseLeaderAsync(cluster);

        await RecoverAsync(cluster, names: ["follower1"], "--followers", "3");

        var version = (await cluster.WriteAsync("new", "v")).Number("version");
        Assert.InRange(version, 1 + LeaderRecovery.LsnsLeftOutMin + 1, 1 + (2 * LeaderRecovery.LsnsLeftOutMin) + 1);
        await cluster.AllNodesBecomeIdenticalAsync();
        Assert.Equal("old", (await cluster.Followers[2].Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
    }

    private static async Task LoseLeaderAsync(TestCluster cluster)
    {
        await cluster.StopLeaderAsync();
        Directory.Delete(cluster.LeaderFolder, recursive: true);
    }

    private static Task RecoverAsync(TestCluster cluster, params string[] args) =>
        RecoverAsync(cluster, [.. cluster.Followers.Select(follower => follower.Id)], args);

    private static async Task RecoverAsync(TestCluster cluster, string[] names, params string[] args)
    {
        var from = names.SelectMany(name => (string[])["--from", cluster.FolderOf(name)]);
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(1, RecoverLeaderCommand.Run([.. from, .. args, $"--DATA_DIR={cluster.LeaderFolder}", "--NODE_ID=leader"], output, error));
        Assert.Contains("stop that follower first", error.ToString(), StringComparison.Ordinal);
        for (var i = 0; i < cluster.Followers.Count; i++)
        {
            await cluster.StopFollowerAsync(i);
        }

        Assert.True(RecoverLeaderCommand.Run([.. from, .. args, $"--DATA_DIR={cluster.LeaderFolder}", "--NODE_ID=leader"], output, error) == 0, error.ToString());

        for (var i = 0; i < cluster.Followers.Count; i++)
        {
            await cluster.StartFollowerAsync(i);
        }

        await cluster.StartLeaderAsync();
    }

    private static async Task<string> DigestAsync(TestNode node) => (await node.Client.FetchAsync("/replication/digest")).Json.Text("digest");
}

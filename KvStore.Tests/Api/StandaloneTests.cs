using System.Net;

namespace KvStore.Tests.Api;

/// <summary>Entries written by hand to a follower that has no secret and was never greeted.</summary>
public sealed class StandaloneTests
{
    [Fact]
    public async Task A_follower_that_no_leader_greeted_takes_them_and_serves_them()
    {
        await using var follower = await LoneFollower.StartAsync();

        var answer = (await follower.Client.PostAsync("/replicate", new { key = "k", value = "v", version = 7 })).Is(HttpStatusCode.OK);

        Assert.Equal("""{"status":"replicated"}""", answer.GetRawText());
        var read = (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK);
        Assert.Equal(("v", 7), (read.Text("value"), read.Number("version")));
        var state = (await follower.Client.FetchAsync("/state")).Is(HttpStatusCode.OK);
        Assert.Equal("""{"store":{"k":"v"},"keys_count":1,"follower_id":"follower1","versions":{"k":7}}""", state.GetRawText());
        Assert.True((await follower.Client.FetchAsync("/replication")).Json.GetProperty("standalone").GetBoolean());
    }

    [Fact]
    public async Task The_highest_version_wins_and_not_the_last_to_come()
    {
        await using var follower = await LoneFollower.StartAsync();
        foreach (var version in (int[])[7, 9, 8])
        {
            (await follower.Client.PostAsync("/replicate", new { key = "k", value = $"v{version}", version })).Is(HttpStatusCode.OK);
        }

        Assert.Equal("v9", (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task What_was_written_and_the_mark_survive_a_restart()
    {
        await using var follower = await LoneFollower.StartAsync();
        (await follower.Client.PostAsync("/replicate", new { key = "k", value = "v", version = 7 })).Is(HttpStatusCode.OK);

        await follower.RestartAsync();

        Assert.Equal("v", (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
        Assert.True((await follower.Client.FetchAsync("/replication")).Json.GetProperty("standalone").GetBoolean());
    }

    [Fact]
    public async Task A_leader_refuses_a_standalone_store_and_says_why()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 1,
            LeaderSettings = new() { ["WRITE_QUORUM"] = "1", ["WRITE_TIMEOUT_MS"] = "1500" },
        });
        await using var standalone = await LoneFollower.StartAsync();
        (await standalone.Client.PostAsync("/replicate", new { key = "k", value = "by hand", version = 7 })).Is(HttpStatusCode.OK);
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["FOLLOWERS"] = $"{cluster.Followers[0].Url},{standalone.Node.Url}", ["WRITE_QUORUM"] = "2" });
        await cluster.AllFollowersReplicateAsync();

        var problem = (await cluster.Client.PutAsync("k", "by the leader")).IsProblem(HttpStatusCode.ServiceUnavailable);

        Assert.Equal("unknown", problem.Text("outcome"));
        Assert.Equal(1, problem.Number("replicated_to"));
        var lane = (await cluster.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK).GetProperty("followers")[1];
        Assert.Equal("stalled", lane.Text("state"));
        Assert.Contains("by hand", lane.Text("last_error"), StringComparison.Ordinal);
        Assert.Equal("by hand", (await standalone.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task A_follower_that_was_greeted_takes_nothing_by_hand()
    {
        await using var follower = await LoneFollower.StartAsync();
        await new CraftedLeader(follower.Client).GreetAsync();

        (await follower.Client.PostAsync("/replicate", new { key = "k", value = "v", version = 7 })).IsProblem(HttpStatusCode.Conflict);

        (await follower.Client.ReadAsync("k")).IsProblem(HttpStatusCode.NotFound, "Key not found");
        Assert.False((await follower.Client.FetchAsync("/replication")).Json.GetProperty("standalone").GetBoolean());
    }
}

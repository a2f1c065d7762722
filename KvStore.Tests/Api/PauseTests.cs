using System.Net;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary>Pausing a follower's replication, and resuming it.</summary>
public sealed class PauseTests
{
    private const string Secret = "a secret of the tests";

    [Fact]
    public async Task A_paused_follower_gets_no_entries_and_the_others_go_on()
    {
        await using var cluster = await StartAsync();
        (await cluster.Client.PutAsync("before", "v")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();

        await PauseAsync(cluster, "follower3");
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(2, (await cluster.Client.PutAsync($"k{i}", "v")).Is(HttpStatusCode.OK).Number("replicated_to"));
        }

        await Eventually.HoldsAsync("the others hold everything", async () =>
            await WatermarkAsync(cluster.Followers[0]) == 51 && await WatermarkAsync(cluster.Followers[1]) == 51);
        Assert.Equal(1, await WatermarkAsync(cluster.Followers[2]));
        (await cluster.Followers[2].Client.ReadAsync("k0")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task It_is_stalled_with_a_cause_that_names_the_way_out_and_the_others_are_healthy()
    {
        await using var cluster = await StartAsync();

        await PauseAsync(cluster, "follower3");
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        var paused = await LaneAsync(cluster, "follower3");
        Assert.Equal("stalled", paused.Text("state"));
        Assert.True(paused.GetProperty("paused").GetBoolean());
        Assert.Contains("POST /admin/replication/follower3/resume", paused.Text("cause"), StringComparison.Ordinal);
        Assert.Equal(1, paused.Number("lag_entries"));
        foreach (var other in (string[])["follower1", "follower2"])
        {
            await Eventually.HoldsAsync($"{other} is healthy", async () => (await LaneAsync(cluster, other)).Text("state") == "healthy");
            Assert.False((await LaneAsync(cluster, other)).GetProperty("paused").GetBoolean());
        }
    }

    [Fact]
    public async Task With_too_few_left_writes_are_unknown_and_health_says_why_until_it_is_resumed()
    {
        await using var cluster = await StartAsync(new() { ["WRITE_QUORUM"] = "3", ["WRITE_TIMEOUT_MS"] = "1500" });
        await PauseAsync(cluster, "follower1");

        var problem = (await cluster.Client.PutAsync("k", "v")).IsProblem(HttpStatusCode.ServiceUnavailable);

        Assert.Equal("unknown", problem.Text("outcome"));
        Assert.Equal(2, problem.Number("replicated_to"));
        Assert.Contains("2 of 3 followers", Assert.Single((await cluster.Client.FetchAsync("/health")).Is(HttpStatusCode.OK).Texts("reasons")), StringComparison.Ordinal);
        await ResumeAsync(cluster, "follower1");
        (await cluster.Client.PutAsync("k", "v2")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task After_resume_it_catches_up_and_becomes_identical()
    {
        await using var cluster = await StartAsync();
        await PauseAsync(cluster, "follower2");
        for (var i = 0; i < 30; i++)
        {
            (await cluster.Client.PutAsync($"k{i % 7}", $"{i}")).Is(HttpStatusCode.OK);
        }

        (await cluster.Client.RemoveAsync("k3")).Is(HttpStatusCode.OK);
        Assert.Equal(0, await WatermarkAsync(cluster.Followers[1]));

        await ResumeAsync(cluster, "follower2");

        await cluster.AllNodesBecomeIdenticalAsync();
        await Eventually.HoldsAsync("it is healthy", async () => (await LaneAsync(cluster, "follower2")).Text("state") == "healthy");
    }

    [Fact]
    public async Task Whoever_was_paused_for_longer_than_the_log_reaches_back_gets_a_snapshot()
    {
        await using var cluster = await StartAsync(new() { ["LOG_KEEP_ENTRIES"] = "5", ["LOG_MAX_ENTRIES"] = "20" });
        (await cluster.Client.PutAsync("deleted meanwhile", "v")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        await PauseAsync(cluster, "follower3");
        (await cluster.Client.RemoveAsync("deleted meanwhile")).Is(HttpStatusCode.OK);
        for (var i = 0; i < 60; i++)
        {
            (await cluster.Client.PutAsync($"k{i % 7}", $"{i}")).Is(HttpStatusCode.OK);
        }

        await Eventually.HoldsAsync("what it lacks is cut", async () => (await cluster.Client.FetchAsync("/replication")).Json.Number("cut_lsn") > 20);
        Assert.Equal("stalled", (await LaneAsync(cluster, "follower3")).Text("state"));
        Assert.Equal("v", (await cluster.Followers[2].Client.ReadAsync("deleted meanwhile")).Is(HttpStatusCode.OK).Text("value"));

        await ResumeAsync(cluster, "follower3");

        await cluster.AllNodesBecomeIdenticalAsync();
        Assert.True((await cluster.Followers[2].Client.FetchAsync("/replication")).Json.Number("cut_lsn") > 20, "It came from the log.");
        (await cluster.Followers[2].Client.ReadAsync("deleted meanwhile")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task Pausing_or_resuming_twice_is_no_error()
    {
        await using var cluster = await StartAsync();
        for (var i = 0; i < 2; i++)
        {
            await PauseAsync(cluster, "follower1");
        }

        for (var i = 0; i < 2; i++)
        {
            await ResumeAsync(cluster, "follower1");
        }

        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Fact]
    public async Task Without_the_secret_it_is_401_and_nothing_is_paused()
    {
        await using var cluster = await StartAsync();
        foreach (var secret in (string?[])[null, "wrong"])
        {
            (await cluster.Client.AdministerAsync("/admin/replication/follower1/pause", secret)).IsProblem(HttpStatusCode.Unauthorized);
            (await cluster.Client.AdministerAsync("/admin/replication/follower1/resume", secret)).IsProblem(HttpStatusCode.Unauthorized);
        }

        Assert.False((await LaneAsync(cluster, "follower1")).GetProperty("paused").GetBoolean());
    }

    [Fact]
    public async Task A_follower_that_there_is_not_is_404_and_the_detail_names_those_that_there_are()
    {
        await using var cluster = await StartAsync();

        var detail = (await cluster.Client.AdministerAsync("/admin/replication/follower9/pause", Secret)).IsProblem(HttpStatusCode.NotFound).Text("detail");

        Assert.Contains("'follower9'", detail, StringComparison.Ordinal);
        Assert.Contains("follower1, follower2, follower3", detail, StringComparison.Ordinal);
        (await cluster.Client.AdministerAsync("/admin/replication/follower9/resume", Secret)).IsProblem(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task On_a_follower_there_is_nothing_to_pause()
    {
        await using var cluster = await StartAsync();

        (await cluster.Followers[0].Client.AdministerAsync("/admin/replication/follower2/pause", Secret)).IsProblem(HttpStatusCode.NotFound, "Not Found");
    }

    private static Task<TestCluster> StartAsync(Dictionary<string, string>? settings = null) =>
        TestCluster.StartAsync(new TestCluster { Secret = Secret, LeaderSettings = settings ?? [] });

    private static Task PauseAsync(TestCluster cluster, string follower) => SetAsync(cluster, follower, "pause", "paused");

    private static Task ResumeAsync(TestCluster cluster, string follower) => SetAsync(cluster, follower, "resume", "resumed");

    private static async Task SetAsync(TestCluster cluster, string follower, string call, string status)
    {
        var answer = (await cluster.Client.AdministerAsync($"/admin/replication/{follower}/{call}", Secret)).Is(HttpStatusCode.OK);
        Assert.Equal(status, answer.Text("status"));
        Assert.Equal(follower, answer.Text("follower"));
    }

    private static async Task<long> WatermarkAsync(TestNode node) => (await node.Client.FetchAsync("/")).Json.Number("watermark");

    private static async Task<JsonElement> LaneAsync(TestCluster cluster, string follower) =>
        (await cluster.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK).GetProperty("followers").EnumerateArray()
            .Single(lane => lane.Has("id") && lane.Text("id") == follower);
}

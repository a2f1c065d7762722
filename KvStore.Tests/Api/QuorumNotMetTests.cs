using System.Net;

namespace KvStore.Tests.Api;

/// <summary>HONEST: a write that is logged and does not reach its quorum in time is <c>unknown</c>, and says so.</summary>
public sealed class QuorumNotMetTests
{
    [Fact]
    public async Task It_is_503_unknown_with_every_field_and_stays_readable_on_the_leader()
    {
        await using var cluster = await StartAsync(followers: 2, dead: 1, quorum: 3);

        var answer = await cluster.Client.PutAsync("k", "v");

        var problem = answer.IsProblem(HttpStatusCode.ServiceUnavailable);
        Assert.StartsWith("Write quorum not met. Got 2/3 confirmations. ", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("unknown", problem.Text("outcome"));
        Assert.Equal(2, problem.Number("replicated_to"));
        Assert.Equal(3, problem.Number("write_quorum"));
        Assert.Equal(1, problem.Number("version"));
        Assert.Equal(1, problem.Number("epoch"));
        Assert.Null(answer.Headers.RetryAfter); // It is not safe to try again.

        var read = (await cluster.Client.ReadAsync("k")).Is(HttpStatusCode.OK);
        Assert.Equal("v", read.Text("value"));
        Assert.Equal(1, read.Number("version"));
        var write = (await cluster.Client.FetchAsync("/writes/1")).Is(HttpStatusCode.OK);
        Assert.Equal(2, write.Number("replicated_to"));
        Assert.Equal(3, write.Number("write_quorum"));
        Assert.False(write.GetProperty("committed").GetBoolean());
    }

    [Fact]
    public async Task A_delete_that_misses_its_quorum_is_unknown_and_in_force_on_the_leader()
    {
        await using var cluster = await StartAsync(followers: 1, dead: 1, quorum: 1);
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 2 })).Is(HttpStatusCode.OK);

        var problem = (await cluster.Client.RemoveAsync("k")).IsProblem(HttpStatusCode.ServiceUnavailable);

        Assert.Equal("unknown", problem.Text("outcome"));
        Assert.Equal(2, problem.Number("version"));
        (await cluster.Client.ReadAsync("k")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task It_goes_on_replicating_and_is_committed_once_the_follower_is_there()
    {
        await using var cluster = await StartAsync(followers: 1, dead: 0, quorum: 1);
        await using var late = new LateFollower(cluster);
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["FOLLOWERS"] = $"{cluster.Followers[0].Url},{late.Url}", ["WRITE_QUORUM"] = "2" });
        await cluster.AllFollowersReplicateAsync();
        Assert.Equal("unknown", (await cluster.Client.PutAsync("k", "v")).IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));

        var follower = await late.StartAsync();

        await Eventually.HoldsAsync("the write is committed", async () =>
            (await cluster.Client.FetchAsync("/writes/1")).Is(HttpStatusCode.OK).GetProperty("committed").GetBoolean());
        Assert.Equal("v", (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task The_quorum_of_a_write_is_read_once_when_it_starts()
    {
        await using var cluster = await StartAsync(followers: 1, dead: 1, quorum: 2);

        var before = cluster.Client.PutAsync("before", "v");
        await Eventually.HoldsAsync("the write is logged", async () => (await cluster.Client.ReadAsync("before")).Status == HttpStatusCode.OK);
        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 1 })).Is(HttpStatusCode.OK);
        var after = (await cluster.Client.PutAsync("after", "v")).Is(HttpStatusCode.OK);

        Assert.Equal(1, after.Number("write_quorum"));
        var problem = (await before).IsProblem(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(2, problem.Number("write_quorum"));
        Assert.Equal("unknown", problem.Text("outcome"));
        Assert.Equal(2, (await cluster.Client.FetchAsync($"/writes/{problem.Number("version")}")).Json.Number("write_quorum"));
    }

    [Fact]
    public async Task While_too_few_followers_answer_the_leader_is_healthy_and_gives_the_reason()
    {
        await using var cluster = await StartAsync(followers: 1, dead: 2, quorum: 2);

        var health = (await cluster.Client.FetchAsync("/health")).Is(HttpStatusCode.OK);

        Assert.Equal("healthy", health.Text("status"));
        Assert.Equal("leader", health.Text("role"));
        Assert.Contains("1 of 3 followers", Assert.Single(health.Texts("reasons")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_follower_that_does_not_answer_is_shown_with_its_address_and_what_went_wrong()
    {
        await using var cluster = await StartAsync(followers: 1, dead: 1, quorum: 1);
        await Eventually.HoldsAsync("the leader has tried the dead follower", async () =>
            (await cluster.Client.FetchAsync("/replication")).Json.GetProperty("followers")[1].Has("last_error"));

        var lane = (await cluster.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK).GetProperty("followers")[1];

        Assert.Equal("unreachable", lane.Text("state"));
        Assert.Equal(cluster.FollowerUrls[1], lane.Text("address"));
        Assert.Contains(cluster.FollowerUrls[1], lane.Text("last_error"), StringComparison.Ordinal);
    }

    private static Task<TestCluster> StartAsync(int followers, int dead, int quorum) => TestCluster.StartAsync(new TestCluster
    {
        FollowerCount = followers,
        DeadFollowerCount = dead,
        LeaderSettings = new() { ["WRITE_QUORUM"] = $"{quorum}", ["WRITE_TIMEOUT_MS"] = "1500" },
    });

    // Holds its port until the follower takes it over.
    private sealed class LateFollower(TestCluster cluster) : IAsyncDisposable
    {
        private readonly DeadAddress _address = new();
        private TestNode? _node;

        public string Url => _address.Url;

        public async Task<TestNode> StartAsync()
        {
            var url = Url;
            _address.Dispose();
            _node = await TestNode.StartAsync("follower", "late", cluster.FolderOf("late"), [new("urls", url)]);
            return _node;
        }

        public async ValueTask DisposeAsync()
        {
            _address.Dispose();
            if (_node is not null)
            {
                await _node.DisposeAsync();
            }
        }
    }
}

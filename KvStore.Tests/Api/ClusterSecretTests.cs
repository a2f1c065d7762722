using System.Net;
using System.Net.Http.Json;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Wire;

namespace KvStore.Tests.Api;

/// <summary>What the cluster secret keeps out.</summary>
public sealed class ClusterSecretTests : IAsyncLifetime
{
    private const string Secret = "a secret of the tests";

    private readonly TestCluster _cluster = new() { FollowerCount = 2, Secret = Secret };

    [Fact]
    public async Task A_cluster_with_one_secret_replicates()
    {
        (await _cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        await _cluster.AllFollowersHoldEverythingAsync();
    }

    [Theory]
    [InlineData("schlüssel")]
    [InlineData("two\nlines")]
    public async Task One_that_no_header_can_carry_is_refused_at_the_start_and_not_shown(string secret)
    {
        var refusal = await Assert.ThrowsAsync<ConfigurationException>(
            () => TestNode.StartAsync("follower", "follower9", _cluster.FolderOf("follower9"), [new("CLUSTER_SECRET", secret)]));

        Assert.StartsWith("CLUSTER_SECRET has characters", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/replicate", null)]
    [InlineData("/replicate", "wrong")]
    [InlineData("/replicate", "")]
    [InlineData("/replicate/greeting", null)]
    [InlineData("/replicate/greeting", "a secret of the testS")]
    public async Task A_message_without_the_right_secret_is_401(string path, string? secret)
    {
        var leader = new CraftedLeader(_cluster.Followers[0].Client) { Secret = secret };

        var answer = await leader.PostBytesAsync(path, [1, 2, 3]);

        IsUnauthorized(answer);
    }

    [Fact]
    public async Task So_is_the_right_secret_under_another_scheme()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/replicate") { Headers = { Authorization = new("Basic", Secret) } };
        using var response = await _cluster.Followers[0].Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task An_entry_written_by_hand_is_401_without_the_secret_and_409_with_it()
    {
        var follower = _cluster.Followers[0].Client;
        var entry = new { key = "by hand", value = "v", version = 7 };

        IsUnauthorized(await follower.PostAsync("/replicate", entry));
        (await follower.CallAsync(HttpMethod.Post, "/replicate", JsonContent.Create(entry), Secret)).IsProblem(HttpStatusCode.Conflict);

        (await follower.ReadAsync("by hand")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task A_follower_that_no_leader_greeted_takes_nothing_by_hand_either_where_there_is_a_secret()
    {
        await using var follower = await LoneFollower.StartAsync(Secret);

        var answer = await follower.Client.CallAsync(
            HttpMethod.Post, "/replicate", JsonContent.Create(new { key = "by hand", value = "v", version = 7 }), Secret);

        answer.IsProblem(HttpStatusCode.Conflict);
        Assert.False((await follower.Client.FetchAsync("/replication")).Json.GetProperty("standalone").GetBoolean());
    }

    [Fact]
    public async Task The_right_secret_does_not_stand_in_for_the_epoch()
    {
        var leader = new CraftedLeader(_cluster.Followers[0].Client) { Secret = Secret };

        var (status, refusal) = await leader.ReplicateAsync(leader.Put(1, "forged", "v"));

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal(RefusalReason.OtherCluster, refusal!.Reason);
    }

    [Fact]
    public async Task A_leader_with_another_secret_reaches_nobody_and_says_why()
    {
        await _cluster.StopLeaderAsync();
        await _cluster.StartLeaderAsync(new() { ["CLUSTER_SECRET"] = "other", ["WRITE_TIMEOUT_MS"] = "500" });

        Assert.Equal("unknown", (await _cluster.Client.PutAsync("k", "v")).IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));

        var lanes = (await _cluster.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK).GetProperty("followers").EnumerateArray();
        Assert.All(lanes, lane => Assert.Contains("secret", lane.Text("last_error"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reads_and_writes_need_no_secret()
    {
        foreach (var node in _cluster.Nodes)
        {
            foreach (var path in (string[])["/", "/health", "/alive", "/keys", "/state", "/replication", "/metrics"])
            {
                Assert.Equal(HttpStatusCode.OK, (await node.Client.FetchAsync(path)).Status);
            }
        }
    }

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    private static void IsUnauthorized(Answer answer)
    {
        answer.IsProblem(HttpStatusCode.Unauthorized);
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        Assert.DoesNotContain(Secret, answer.Text, StringComparison.OrdinalIgnoreCase);
    }
}

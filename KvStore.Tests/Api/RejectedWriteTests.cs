using System.Net;

namespace KvStore.Tests.Api;

/// <summary>HONEST: a write that the leader refuses before it is logged is <c>rejected</c>, and may be tried again.</summary>
public sealed class RejectedWriteTests
{
    [Fact]
    public async Task A_leader_that_shuts_down_rejects_writes_and_goes_on_serving_reads()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2 });
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        cluster.Leader.BeginShutdown();

        IsRejected(await cluster.Client.PutAsync("k", "other"));
        IsRejected(await cluster.Client.RemoveAsync("k"));
        Assert.Equal("v", (await cluster.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
        Assert.Equal(1, (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn"));
    }

    [Fact]
    public async Task A_leader_restored_from_an_old_backup_takes_no_write_and_says_which_follower_has_what()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2 });
        (await cluster.Client.PutAsync("backed up", "v")).Is(HttpStatusCode.OK);
        await cluster.StopLeaderAsync();
        var backup = cluster.CopyOf(cluster.LeaderFolder);
        await cluster.StartLeaderAsync();
        (await cluster.Client.PutAsync("newer", "v")).Is(HttpStatusCode.OK);
        (await cluster.Client.PutAsync("newest", "v")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.StopLeaderAsync();

        // At the first start its epoch's counter is the followers' own; at the second it is past it, and only the LSN tells.
        for (var start = 1; start <= 2; start++)
        {
            await cluster.StartLeaderAsync(folder: backup);

            IsRejected(await cluster.Client.PutAsync("forked", "v"));
            IsRejected(await cluster.Client.RemoveAsync("backed up"));
            await IsUnhealthyAsync(cluster, "follower1", "LSN 3");
            await IsUnhealthyAsync(cluster, "follower2", "LSN 3");
            Assert.Equal(1, (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn"));
            Assert.Equal("v", (await cluster.Client.ReadAsync("backed up")).Is(HttpStatusCode.OK).Text("value"));
            await cluster.StopLeaderAsync();
        }
    }

    [Fact]
    public async Task A_leader_that_lost_its_disk_takes_no_write_and_says_which_follower_has_what()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2 });
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.StopLeaderAsync();

        await cluster.StartLeaderAsync(folder: cluster.FolderOf("empty"));

        IsRejected(await cluster.Client.PutAsync("k", "other"));
        await IsUnhealthyAsync(cluster, "follower1", "LSN 1");
        await IsUnhealthyAsync(cluster, "follower2", "LSN 1");
        foreach (var follower in cluster.Followers)
        {
            Assert.Equal("v", (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
        }
    }

    private static void IsRejected(Answer answer)
    {
        var problem = answer.IsProblem(HttpStatusCode.ServiceUnavailable);
        Assert.Equal("rejected", problem.Text("outcome"));
        Assert.False(problem.Has("version"));
        Assert.False(problem.Has("replicated_to"));
        answer.SaysWhenToRetry();
    }

    private static Task IsUnhealthyAsync(TestCluster cluster, string follower, string holdings) =>
        Eventually.HoldsAsync($"/health is 503 and says that {follower} has {holdings}", async () =>
        {
            var answer = await cluster.Client.FetchAsync("/health");
            if (answer.Status != HttpStatusCode.ServiceUnavailable)
            {
                return false;
            }

            Assert.Equal("unhealthy", answer.Json.Text("status"));
            Assert.Equal("leader", answer.Json.Text("role"));
            Assert.NotEmpty(answer.Json.Text("detail"));
            return answer.Json.Texts("reasons").Any(reason =>
                reason.Contains(follower, StringComparison.Ordinal) && reason.Contains(holdings, StringComparison.Ordinal));
        });
}

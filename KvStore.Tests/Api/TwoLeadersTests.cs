using System.Net;

namespace KvStore.Tests.Api;

/// <summary>
/// CONVERGE, FENCE: a leader that is started on a copy while its followers are away logs writes of its own. However often it is started
/// again after that, followers that hold other writes at the same LSNs do not take it for the leader that they followed.
/// </summary>
public sealed class TwoLeadersTests
{
    private const string Secret = "a secret of the tests";

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // As by copying the folder of a leader that does not run: nothing in it says that it is a copy.
    public async Task Followers_refuse_a_copy_that_has_other_writes_at_the_LSNs_that_they_hold(bool isBackup)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 2,
            Secret = Secret,
            LeaderSettings = { ["WRITE_TIMEOUT_MS"] = "2000" },
        });
        (await cluster.Client.PutAsync("k", "in both")).Is(HttpStatusCode.OK);
        var backup = (await cluster.Client.AdministerAsync("/admin/backup", Secret)).Is(HttpStatusCode.OK).Text("path");
        await cluster.StopLeaderAsync();
        var copy = cluster.CopyOf(isBackup ? backup : cluster.LeaderFolder);

        await cluster.StartLeaderAsync();
        (await cluster.Client.PutAsync("k", "acknowledged")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.StopLeaderAsync();

        await cluster.StopFollowerAsync(0);
        await cluster.StopFollowerAsync(1);
        await cluster.StartLeaderAsync(folder: copy);
        foreach (var value in (string[])["other", "and another"])
        {
            Assert.Equal("unknown", (await cluster.Client.PutAsync("k", value)).IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));
        }

        await cluster.StopLeaderAsync();
        await cluster.StartFollowerAsync(0);
        await cluster.StartFollowerAsync(1);

        // The counter of its first epoch was that of the original's. Now it is the higher one.
        await cluster.StartLeaderAsync(folder: copy);
        Assert.Equal("rejected", (await cluster.Client.PutAsync("k", "after the copy's restart")).IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));
        await Eventually.HoldsAsync("both followers object", async () => (await cluster.Client.FetchAsync("/health")).Json.Texts("reasons") is var reasons
            && cluster.Followers.All(follower => reasons.Any(reason => reason.Contains(follower.Id, StringComparison.Ordinal))));
        foreach (var follower in cluster.Followers)
        {
            Assert.Equal("acknowledged", (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
        }

        // The original is taken again once its counter is the highest.
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync();
        await cluster.AllFollowersReplicateAsync();
        Assert.Equal(3, (await cluster.Client.PutAsync("k", "goes on")).Is(HttpStatusCode.OK).Number("version"));
        await cluster.AllNodesBecomeIdenticalAsync();
    }
}

using KvStore.Analysis.Cluster;
using KvStore.Analysis.Consistency;
using KvStore.Analysis.Quorum;
using KvStore.Tests.Api;

namespace KvStore.Tests.Analysis;

/// <summary>What the check says of followers of real nodes.</summary>
public class ConvergenceCheckTests(TestCluster nodes) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task A_paused_follower_lacks_what_was_written_and_is_identical_once_it_is_resumed()
    {
        await nodes.WriteAsync("kept", "1");
        await nodes.WriteAsync("changed", "1");
        await nodes.AllFollowersHoldEverythingAsync();
        await PostAsync("/admin/replication/follower2/pause");
        await nodes.WriteAsync("changed", "2");
        await nodes.WriteAsync("new", "1");
        await using var cluster = await ClusterUnderTest.OpenAsync(new QuorumSettings { Leader = nodes.Leader.Url }, RecordedConsole.Create().Console, CancellationToken.None);

        var paused = await new ConvergenceCheck(cluster, TimeSpan.FromMilliseconds(300)).RunAsync(CancellationToken.None);
        var behind = paused.Single(replica => replica.Follower == "follower2");
        Assert.False(behind.IsIdentical);
        Assert.Equal(["new"], behind.AtLast!.Missing);
        Assert.Equal(["changed"], behind.AtLast.Different);
        Assert.Empty(behind.AtLast.Extra);

        await PostAsync("/admin/replication/follower2/resume");
        var resumed = await new ConvergenceCheck(cluster, TimeSpan.FromSeconds(60)).RunAsync(CancellationToken.None);
        Assert.All(resumed, replica => Assert.True(replica is { IsIdentical: true, AtLast: null }));
        Assert.Equal(["follower1", "follower2", "follower3"], resumed.Select(replica => replica.Follower));
    }

    private async Task PostAsync(string path)
    {
        using var response = await nodes.Client.PostAsync(new Uri(path, UriKind.Relative), content: null);
        response.EnsureSuccessStatusCode();
    }
}

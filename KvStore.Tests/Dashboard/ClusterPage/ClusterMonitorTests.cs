using KvStore.Dashboard.Cluster;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>What the page shows of the cluster follows the nodes, whichever of them is away.</summary>
public sealed class ClusterMonitorTests : IAsyncLifetime
{
    private FakeCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await FakeCluster.StartAsync();
        Lead(epoch: 1, writes: 1_000);
        Follow(_cluster.Follower1, "follower1", watermark: 1);
        Follow(_cluster.Follower2, "follower2", watermark: 1);
        await _cluster.Monitor.StartAsync(default);
    }

    public async Task DisposeAsync()
    {
        await _cluster.Monitor.StopAsync(default);
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_node_that_hangs_says_so_and_holds_up_no_other()
    {
        await SeesAsync("all nodes", view => view.Nodes.All(node => node.Answers));
        _cluster.Follower1.Hangs("GET /");
        await SeesAsync("one that hangs", view => view.Followers[0].Node.Error?.Contains("No answer within", StringComparison.Ordinal) == true);

        // More than once while the other is asked in vain.
        for (var watermark = 2; watermark <= 4; watermark++)
        {
            Follow(_cluster.Follower2, "follower2", watermark);
            await SeesAsync("the other go on", view => view.Followers[1].Node is { Answers: true, Info.Watermark: var seen } && seen == watermark && !view.Followers[0].Node.Answers);
        }

        Follow(_cluster.Follower1, "follower1", watermark: 9);
        await SeesAsync("it come back", view => view.Followers[0].Node is { Answers: true, Info.Watermark: 9 });
    }

    [Fact]
    public async Task A_leader_that_goes_away_is_not_spoken_for_and_comes_back_with_a_new_epoch_and_new_counters()
    {
        await SeesAsync("the first leader", view => view is { Replication.Epoch: 1, WritesPerSecond: not null } && view.Followers.All(follower => follower.Status is not null));

        _cluster.Leader.IsAway = true;
        var away = await SeesAsync("no leader", view => !view.Leader.Answers);
        Assert.Equal((null, null, null, null), (away.Replication, away.Writes, away.Recent, away.WritesPerSecond));
        Assert.All(away.Followers, follower => Assert.Equal((null, true), (follower.Status, follower.Node.Answers)));

        Lead(epoch: 2, writes: 3);
        _cluster.Leader.IsAway = false;
        var back = await SeesAsync("the new leader", view => view is { Replication.Epoch: 2, WritesPerSecond: not null });
        Assert.Equal(0, back.WritesPerSecond);
        Assert.Null(back.Recent);
        Assert.Equal(0, _cluster.Monitor.History.Over(LatencyHistory.Reach).Writes);
    }

    [Fact]
    public async Task The_last_writes_confirmations_are_marked_on_the_followers_in_their_order()
    {
        var view = await SeesAsync("marked followers", view => view.Followers.Any(follower => follower.Place is not null));

        Assert.Equal((2, 0.02, false), (view.Followers[0].Place, view.Followers[0].ConfirmedAfterSeconds, view.Followers[0].IsInQuorum));
        Assert.Equal((1, 0.01, true), (view.Followers[1].Place, view.Followers[1].ConfirmedAfterSeconds, view.Followers[1].IsInQuorum));
    }

    [Fact]
    public async Task A_follower_that_has_not_said_its_name_is_found_by_its_address()
    {
        _cluster.Follower1.IsAway = true;
        _cluster.Leader.Answers("GET /replication", () => Replication(1, Lane(null, _cluster.Follower1.Address, "unreachable"), Lane("follower2", _cluster.Follower2.Address, "healthy")));

        await SeesAsync("its lane", view => view.Followers[0] is { Node.Answers: false, Status.State: "unreachable" } && view.Followers[1].Status?.State == "healthy");
    }

    [Fact]
    public async Task A_node_that_is_not_healthy_says_why_and_a_leader_that_counts_no_writes_is_shown_without_them()
    {
        _cluster.Follower2.Answers("GET /health", 503, new { status = "unhealthy", detail = "The disk is full." });
        _cluster.Leader.Answers("GET /replication/writes", 404, new { detail = "Not Found" });

        var view = await SeesAsync("both", view => view.Followers[1].Node.Health?.Status == "unhealthy" && view is { Writes: null, Replication: not null });
        Assert.Equal("The disk is full.", view.Followers[1].Node.Health?.Detail);
        Assert.True(view.Followers[1].Node.Answers, "It answers, though it is not healthy.");
    }

    [Fact]
    public async Task What_is_asked_again_and_again_asks_not_to_be_traced()
    {
        await SeesAsync("all nodes", view => view.Nodes.All(node => node.Answers));

        Assert.All(_cluster.Nodes.SelectMany(node => node.Requests), request => Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", request.TraceParent));
    }

    private static ReplicationInfo Replication(long epoch, params FollowerStatus[] lanes) => new(epoch, 10, 10, 0, 1, lanes);

    private static FollowerStatus Lane(string? id, Uri address, string state) =>
        new(id, address.AbsoluteUri, state, null, false, 10, 0, 0, 0, 0, 0, null, 0.1, null, null);

    private void Lead(long epoch, long writes)
    {
        var leader = _cluster.Leader;
        leader.Answers("GET /", () => new NodeInfo("leader", "leader", 1, "s", epoch, 10, 10, null));
        leader.Answers("GET /health", () => new HealthInfo("healthy", null, null));
        leader.Answers("GET /replication", () => Replication(
            epoch, Lane("follower1", _cluster.Follower1.Address, "healthy"), Lane("follower2", _cluster.Follower2.Address, "healthy")));
        leader.Answers("GET /replication/writes", () => new WritesInfo(
            writes, writes, 0, 0, 1, new(10, 1, 0.01, [new("follower2", 0.01), new("follower1", 0.02)]), [new(1, writes, writes * 0.01, 0, [new(0.02, writes)])], []));
    }

    private static void Follow(FakeNode node, string id, long watermark)
    {
        node.Answers("GET /", () => new NodeInfo("follower", id, 1, "s", 1, null, null, watermark));
        node.Answers("GET /health", () => new HealthInfo("healthy", null, null));
    }

    private async Task<ClusterView> SeesAsync(string what, Func<ClusterView, bool> isSeen) => (await Eventually.BecomesAsync(
        () => Task.FromResult(_cluster.Monitor.Current), view => view is not null && isSeen(view), view => $"{view}", what))!;
}

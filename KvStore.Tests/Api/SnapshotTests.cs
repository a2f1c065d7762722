using System.Net;
using System.Text.Json;
using KvStore.Node.Replication.Wire;

namespace KvStore.Tests.Api;

/// <summary>
/// CONVERGE and BOUNDED with real nodes: the log is cut, and a follower that lacks what was cut becomes identical by a
/// snapshot. The log keeps nothing that all followers have, and 50 entries at most.
/// </summary>
public sealed class SnapshotTests
{
    private const int LogMax = 50;

    [Fact]
    public async Task A_wiped_follower_whose_entries_were_cut_becomes_identical_while_writes_go_on()
    {
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, 60);
        (await cluster.Client.RemoveAsync("k7")).Is(HttpStatusCode.OK);
        await EverythingIsCutAsync(cluster);
        await cluster.StopFollowerAsync(2);
        using var enough = new CancellationTokenSource();
        var writing = WriteUntilAsync(cluster, enough.Token);

        var wiped = await cluster.StartFollowerAsync(2, isWiped: true);
        var startedAt = await LastLsnAsync(cluster);
        await Eventually.HoldsAsync("the wiped follower holds what was written since it is back", async () =>
            (await ReplicationOfAsync(wiped)).Number("watermark") > startedAt);

        await enough.CancelAsync();
        Assert.True(await writing > 0);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.AllNodesAreIdenticalAsync();

        // The log does not begin at 1 anywhere, so only a snapshot can have brought this.
        Assert.Equal("1", (await wiped.Client.ReadAsync("k1")).Is(HttpStatusCode.OK).Text("value")[..1]);
        (await wiped.Client.ReadAsync("k7")).IsProblem(HttpStatusCode.NotFound);
        Assert.True((await ReplicationOfAsync(wiped)).Number("cut_lsn") >= 61);
    }

    [Fact]
    public async Task A_follower_that_was_down_while_the_log_was_cut_becomes_identical_and_keeps_no_key_deleted_meanwhile()
    {
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, 10);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.StopFollowerAsync(2);

        (await cluster.Client.RemoveAsync("k1")).Is(HttpStatusCode.OK);
        await WriteAsync(cluster, 3 * LogMax, firstKey: 2);
        await Eventually.HoldsAsync("the log is cut beyond what the stopped follower holds", async () => await CutLsnAsync(cluster.Leader) > 11);
        var returned = await cluster.StartFollowerAsync(2);

        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.AllNodesAreIdenticalAsync();
        (await returned.Client.ReadAsync("k1")).IsProblem(HttpStatusCode.NotFound);
        await cluster.AllFollowersReplicateAsync();
    }

    [Fact]
    public async Task A_version_that_was_cut_is_410_and_says_where_the_log_begins()
    {
        await using var cluster = await StartAsync();
        var written = await WriteAsync(cluster, 5);
        await EverythingIsCutAsync(cluster);

        var answer = await Eventually.BecomesAsync(
            () => cluster.Client.FetchAsync("/writes/1"), answer => answer.Status != HttpStatusCode.OK, answer => answer.Text, "version 1 to be cut");

        Assert.Contains($"begins at {written + 1}", answer.IsProblem(HttpStatusCode.Gone).Text("detail"), StringComparison.Ordinal);
        (await cluster.Client.FetchAsync($"/writes/{written + 1}")).IsProblem(HttpStatusCode.NotFound);
        Assert.StartsWith("1", (await cluster.Client.ReadAsync("k1")).Is(HttpStatusCode.OK).Text("value"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_stays_bounded_under_overwrites_though_a_follower_is_down_for_good()
    {
        await using var cluster = await StartAsync(followers: 2, dead: 1);
        for (var round = 1; round <= 3; round++)
        {
            await WriteAsync(cluster, 2 * LogMax, keys: 5);
            var last = await LastLsnAsync(cluster);

            foreach (var node in cluster.Nodes)
            {
                await Eventually.HoldsAsync(
                    $"{node.Id} has cut its log at {last - LogMax}", async () => await CutLsnAsync(node) == last - LogMax);
            }
        }

        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.AllNodesAreIdenticalAsync();
        (await cluster.Client.FetchAsync($"/writes/{3 * 2 * LogMax}")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_follower_of_another_cluster_is_refused_with_both_ids_and_keeps_its_data()
    {
        await using var other = await StartAsync(followers: 1, quorum: 1);
        await WriteAsync(other, 2);
        await other.AllFollowersHoldEverythingAsync();
        var foreign = other.Followers[0];
        await other.StopLeaderAsync();
        await using var cluster = await StartAsync(followers: 1, quorum: 1);
        await WriteAsync(cluster, 4);
        await cluster.AllFollowersHoldEverythingAsync();
        var (ownId, foreignId) = (await ClusterIdAsync(cluster.Leader), await ClusterIdAsync(foreign));
        Assert.NotEqual(ownId, foreignId);

        // A leader that has data of its own; one whose store is new would conclude that its disk is lost.
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["FOLLOWERS"] = $"{cluster.Followers[0].Url},{foreign.Url}" });

        var lane = await Eventually.BecomesAsync(
            async () => (await ReplicationOfAsync(cluster.Leader)).GetProperty("followers")[1], lane => lane.Has("last_error"), lane => $"{lane}",
            "the leader to ask the foreign follower");
        Assert.Equal("stalled", lane.Text("state"));
        Assert.All([lane.Text("last_error"), lane.Text("cause")], text => NamesBoth(text, ownId, foreignId));
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        var leader = new CraftedLeader(foreign.Client) { ClusterId = ownId, Epoch = new EpochMessage { Counter = 1000, RunId = 1 } };
        var (status, answer) = await leader.GreetAsync();
        Assert.Equal((HttpStatusCode.Conflict, RefusalReason.OtherCluster), (status, answer.Refusal?.Reason));
        NamesBoth(answer.Refusal!.Detail, ownId, foreignId);
        Assert.Equal((foreignId, 2), (await ClusterIdAsync(foreign), (await ReplicationOfAsync(foreign)).Number("watermark")));
        Assert.Equal(["k1", "k2"], (await foreign.Client.FetchAsync("/keys")).Is(HttpStatusCode.OK).Texts("keys"));
    }

    [Fact]
    public async Task A_snapshot_goes_on_where_it_was_when_the_follower_restarts_in_the_middle()
    {
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, 100);
        await EverythingIsCutAsync(cluster);
        await cluster.StopFollowerAsync(2);
        await SetLagAsync(cluster, 150); // Each part has to wait for that.
        var wiped = await cluster.StartFollowerAsync(2, isWiped: true);
        await Eventually.BecomesAsync(() => SnapshotOfAsync(wiped), seen => seen.Keys >= 10, seen => $"{seen}", "some parts to have arrived");
        Assert.Equal("snapshot", (await ReplicationOfAsync(cluster.Leader)).GetProperty("followers")[2].Text("state"));

        await cluster.StopFollowerAsync(2);
        await Eventually.HoldsAsync("the leader notices that the follower is away", async () =>
            (await ReplicationOfAsync(cluster.Leader)).GetProperty("followers")[2].Text("mode") == "probe");
        var returned = await cluster.StartFollowerAsync(2);

        // What it took in is on its disk, and the leader goes on from there: it never has less.
        var before = await SnapshotOfAsync(returned);
        Assert.InRange(before.Keys, 10, 99);
        Assert.Equal(100, before.Lsn);
        var next = await Eventually.BecomesAsync(
            () => SnapshotOfAsync(returned), seen => seen != before, seen => $"{seen}", "the next part to arrive");
        Assert.True(next.Lsn == before.Lsn && next.Keys > before.Keys, $"{before} was followed by {next}");

        await SetLagAsync(cluster, 0);
        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.AllNodesAreIdenticalAsync();
    }

    [Fact]
    public async Task A_restarted_leader_whose_log_was_cut_leads_on_and_sends_a_snapshot()
    {
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, 20);
        await EverythingIsCutAsync(cluster);
        var cut = await CutLsnAsync(cluster.Leader);
        await cluster.StopLeaderAsync();
        await cluster.StopFollowerAsync(2);

        await cluster.StartLeaderAsync();
        Assert.Equal((20, cut), (await LastLsnAsync(cluster), await CutLsnAsync(cluster.Leader)));
        Assert.Equal(21, (await cluster.Client.PutAsync("after", "v")).Is(HttpStatusCode.OK).Number("version"));
        await cluster.StartFollowerAsync(2, isWiped: true);

        await cluster.AllFollowersHoldEverythingAsync();
        await cluster.AllNodesAreIdenticalAsync();
    }

    private static Task<TestCluster> StartAsync(int followers = 3, int dead = 0, int quorum = 2) => TestCluster.StartAsync(new TestCluster
    {
        FollowerCount = followers,
        DeadFollowerCount = dead,
        LeaderSettings = new()
        {
            ["WRITE_QUORUM"] = $"{quorum}",
            ["LOG_KEEP_ENTRIES"] = "0",
            ["LOG_MAX_ENTRIES"] = $"{LogMax}",
            ["MAX_SNAPSHOT_PART_BYTES"] = "1024",
        },
    });

    // Values of some 300 bytes, so that few keys fit into one part of a snapshot. Returns the last version.
    private static async Task<long> WriteAsync(TestCluster cluster, int count, int firstKey = 1, int keys = int.MaxValue)
    {
        var version = 0L;
        for (var i = 0; i < count; i++)
        {
            var key = firstKey + (i % keys);
            version = (await cluster.Client.PutAsync($"k{key}", Value(key, i))).Is(HttpStatusCode.OK).Number("version");
        }

        return version;
    }

    private static async Task<int> WriteUntilAsync(TestCluster cluster, CancellationToken enough)
    {
        var written = 0;
        while (!enough.IsCancellationRequested)
        {
            (await cluster.Client.PutAsync($"k{10 + (written % 20)}", Value(written, written))).Is(HttpStatusCode.OK);
            written++;
        }

        return written;
    }

    private static string Value(int key, int round) => $"{key} in round {round} ".PadRight(300, '.');

    private static Task EverythingIsCutAsync(TestCluster cluster) => Eventually.HoldsAsync("the leader has cut its whole log", async () =>
    {
        var replication = await ReplicationOfAsync(cluster.Leader);
        return replication.Number("cut_lsn") == replication.Number("last_lsn");
    });

    private static async Task SetLagAsync(TestCluster cluster, int ms) =>
        (await cluster.Client.PostAsync("/config/lag", new { min_delay_ms = ms, max_delay_ms = ms })).Is(HttpStatusCode.OK);

    private static async Task<JsonElement> ReplicationOfAsync(TestNode node) => (await node.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK);

    private static async Task<long> LastLsnAsync(TestCluster cluster) => (await ReplicationOfAsync(cluster.Leader)).Number("last_lsn");

    private static async Task<long> CutLsnAsync(TestNode node) => (await ReplicationOfAsync(node)).Number("cut_lsn");

    private static async Task<string> ClusterIdAsync(TestNode node) => (await ReplicationOfAsync(node)).Text("cluster_id");

    // What a follower has taken in of a snapshot; zeros when it takes in none.
    private static async Task<(long Lsn, long Keys)> SnapshotOfAsync(TestNode follower) =>
        (await ReplicationOfAsync(follower)).TryGetProperty("snapshot", out var snapshot) ? (snapshot.Number("lsn"), snapshot.Number("keys")) : (0, 0);

    private static void NamesBoth(string text, string one, string other)
    {
        Assert.Contains(one, text, StringComparison.Ordinal);
        Assert.Contains(other, text, StringComparison.Ordinal);
    }
}

using System.Net;
using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>Without its quorum a write is not a success, and the client learns which of two things became of it (HONEST).</summary>
[Collection(IntegrationTests.Plain)]
public sealed class QuorumNotMetTests(PlainCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    [Fact]
    public async Task Unknown_the_write_stays_on_the_leader_and_spreads_when_the_followers_return()
    {
        string[] away = ["follower2", "follower3", "follower5"];
        await Cluster.StopAsync(away);

        var unknown = await Cluster.WriteAsync("unknown", "kept");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.Code);
        Assert.Equal("unknown", unknown.Outcome);
        Assert.Equal((2, 3), (unknown.ReplicatedTo, unknown.WriteQuorum));
        Assert.StartsWith("Write quorum not met. Got 2/3 confirmations.", unknown.Detail, StringComparison.Ordinal);
        Assert.Equal(new KeyAnswer("unknown", "kept", unknown.Version!.Value), await Cluster.ReadAsync(Cluster.Leader, "unknown"));
        Assert.Equal(new WriteStatus(unknown.Version.Value, "unknown", 2, 3, Committed: false), await Cluster.WriteStatusAsync(unknown.Version.Value));

        // A smaller quorum is for the writes that come after it, not for this one.
        await Cluster.SetQuorumAsync(2);
        var later = await Cluster.WriteAsync("later", "value");
        Assert.True(later.IsAcknowledged, later.Detail);
        Assert.False((await Cluster.WriteStatusAsync(unknown.Version.Value)).Committed);

        await Cluster.StartAsync(away);
        var state = await Cluster.WaitUntilIdenticalAsync();
        Assert.Equal("kept", state.Store["unknown"]);
        await Eventually.BecomesAsync(
            () => Cluster.WriteStatusAsync(unknown.Version.Value),
            now => now is { Committed: true, ReplicatedTo: 5 }, now => $"{now}", "the write's quorum");
    }

    [Fact]
    public async Task Rejected_a_leader_older_than_its_followers_logs_nothing_until_its_newer_data_is_back()
    {
        var old = await Cluster.WriteAsync("rejected", "old");
        await Cluster.WaitUntilIdenticalAsync();
        await Cluster.StopAsync(Cluster.Leader);
        var copy = Cluster.DataOf("copy");
        CopyFolder(Cluster.DataOf(Cluster.Leader), copy);
        await Cluster.StartAsync(Cluster.Leader);
        var newer = await Cluster.WriteAsync("rejected", "newer");
        Assert.True(newer.IsAcknowledged, newer.Detail);
        await Cluster.WaitUntilIdenticalAsync();

        await Cluster.StopAsync(Cluster.Leader);
        var aside = Cluster.DataOf("aside");
        Cluster.IsDamaged = true;
        Directory.Move(Cluster.DataOf(Cluster.Leader), aside);
        Directory.Move(copy, Cluster.DataOf(Cluster.Leader));
        await Cluster.StartUnhealthyAsync(Cluster.Leader);
        var rejected = await Cluster.WriteAsync("rejected", "never");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, rejected.Code);
        Assert.Equal("rejected", rejected.Outcome);
        Assert.Null(rejected.Version);
        Assert.Equal(new KeyAnswer("rejected", "old", old.Version!.Value), await Cluster.ReadAsync(Cluster.Leader, "rejected"));
        foreach (var follower in Cluster.Followers)
        {
            Assert.Equal(new KeyAnswer("rejected", "newer", newer.Version!.Value), await Cluster.ReadAsync(follower, "rejected"));
        }

        await Cluster.StopAsync(Cluster.Leader);
        Directory.Delete(Cluster.DataOf(Cluster.Leader), recursive: true);
        Directory.Move(aside, Cluster.DataOf(Cluster.Leader));
        await Cluster.StartAsync(Cluster.Leader);
        Cluster.IsDamaged = false;
        var next = await Cluster.WriteAsync("rejected", "next");
        Assert.Equal(newer.Version + 1, next.Version);
        Assert.Equal("next", (await Cluster.WaitUntilIdenticalAsync()).Store["rejected"]);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}

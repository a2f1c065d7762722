using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>What must hold in the moments between a write's number and its last confirmation, made as long as the test needs.</summary>
[Collection(IntegrationTests.Observed)]
public sealed class HeldUpReplicationTests(ObservedCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    [Fact]
    public async Task A_write_whose_client_goes_away_reaches_every_follower()
    {
        var before = (await Cluster.InfoAsync(Cluster.Leader)).LastLsn;
        Close(Cluster.Followers);
        using var client = new CancellationTokenSource();
        var write = Cluster.WriteAsync("gone", "kept", cancellationToken: client.Token);
        var lsn = (await Eventually.BecomesAsync(
            () => Cluster.InfoAsync(Cluster.Leader), now => now.LastLsn > before, now => $"{now}", "the write's number")).LastLsn;

        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.Equal(0, (await Cluster.WriteStatusAsync(lsn)).ReplicatedTo);
        Open(Cluster.Followers);
        Assert.Equal("kept", (await Cluster.WaitUntilIdenticalAsync()).Store["gone"]);
        await Eventually.BecomesAsync(
            () => Cluster.WriteStatusAsync(lsn), now => now is { ReplicatedTo: 5, Committed: true }, now => $"{now}", "five confirmations");
    }

    [Fact]
    public async Task A_write_is_not_acknowledged_before_its_quorum_has_it()
    {
        var before = (await Cluster.InfoAsync(Cluster.Leader)).LastLsn;
        Close(Cluster.Followers);
        var write = Cluster.WriteAsync("held", "value");
        var lsn = before + 1;
        await Eventually.BecomesAsync(() => Cluster.InfoAsync(Cluster.Leader), now => now.LastLsn == lsn, now => $"{now}", "the write's number");

        Open(["follower1", "follower2"]);
        await Eventually.BecomesAsync(() => Cluster.WriteStatusAsync(lsn), now => now.ReplicatedTo == 2, now => $"{now}", "two confirmations");
        Assert.False(write.IsCompleted);
        Assert.False((await Cluster.WriteStatusAsync(lsn)).Committed);
        Assert.Null(await Cluster.ReadAsync("follower3", "held"));
        Assert.Equal("value", (await Cluster.ReadAsync("follower1", "held"))?.Value);

        Open(["follower3"]);
        var answer = await write;
        Assert.True(answer.IsAcknowledged, answer.Detail);
        Assert.Equal((lsn, 3), (answer.Version, answer.ReplicatedTo));
    }

    [Fact]
    public async Task Confirmations_of_a_disk_that_was_wiped_count_no_more()
    {
        var older = await Cluster.WriteAsync("wiped-older", "value");
        await Cluster.WaitUntilIdenticalAsync();
        await Eventually.BecomesAsync(
            () => Cluster.WriteStatusAsync(older.Version!.Value), now => now.ReplicatedTo == 5, now => $"{now}", "five confirmations");
        await Cluster.SetQuorumAsync(5);
        Close(["follower2"]);
        var write = Cluster.WriteAsync("wiped", "value");
        var lsn = older.Version!.Value + 1;
        await ReplicatedToAsync(lsn, 4);

        // The new disk is greeted, and gets nothing yet.
        Close(["follower1"]);
        await Cluster.WipeAsync("follower1");
        var store = (await Cluster.InfoAsync("follower1")).StoreId;
        await Eventually.BecomesAsync(() => Cluster.LaneAsync("follower1"), now => now.StoreId == store, now => $"{now}", "the new disk greeted");
        await ReplicatedToAsync(older.Version.Value, 4);
        await ReplicatedToAsync(lsn, 3);

        // Follower2 would make it five, were the old disk's confirmation still worth anything.
        Open(["follower2"]);
        await ReplicatedToAsync(lsn, 4);
        Assert.False(write.IsCompleted);
        Assert.False((await Cluster.WriteStatusAsync(lsn)).Committed);

        Open(["follower1"]);
        var answer = await write;
        Assert.True(answer.IsAcknowledged, answer.Detail);
        Assert.Equal((lsn, 5), (answer.Version, answer.ReplicatedTo));
        Assert.Equal("value", (await Cluster.WaitUntilIdenticalAsync()).Store["wiped-older"]);
    }

    private Task<WriteStatus?> ReplicatedToAsync(long lsn, int count) => Eventually.BecomesAsync(
        async () => (await Cluster.InfoAsync(Cluster.Leader)).LastLsn < lsn ? null : await Cluster.WriteStatusAsync(lsn),
        now => now?.ReplicatedTo == count, now => $"{now}", $"{count} confirmations of LSN {lsn}");

    private void Close(IReadOnlyList<string> followers)
    {
        foreach (var follower in followers)
        {
            Cluster.GateTo(follower).Close();
        }
    }

    private void Open(IReadOnlyList<string> followers)
    {
        foreach (var follower in followers)
        {
            Cluster.GateTo(follower).Open();
        }
    }
}

using System.Net;
using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>What a client writes on the leader it can read on every node.</summary>
[Collection(IntegrationTests.Plain)]
public sealed class WriteAndReadTests(PlainCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    public static TheoryData<string> NastyTexts =>
    [
        "a/b", "a%2Fb", ".", "..", "../keys", "a b", "a?b=c#d", "naïve 🗝 \u202e", "\"quoted\\\"", "\n\t\u0001", "key", new string('k', 1024),
    ];

    [Fact]
    public async Task A_value_a_newer_value_and_a_deletion_reach_every_node()
    {
        var first = await Cluster.WriteAsync("lives", "one");
        var second = await Cluster.WriteAsync("lives", "two");
        Assert.True(second.Version > first.Version);
        await AssertEverywhereAsync("lives", "two", second.Version);

        var deleted = await Cluster.DeleteAsync("lives");
        Assert.True(deleted.IsAcknowledged, deleted.Detail);
        Assert.True(deleted.Version > second.Version);
        await AssertEverywhereAsync("lives", null, null);

        var again = await Cluster.DeleteAsync("lives");
        Assert.Equal(HttpStatusCode.NotFound, again.Code);
        var third = await Cluster.WriteAsync("lives", "three");
        Assert.Equal(deleted.Version + 1, third.Version); // The deletion of nothing took no number (ORDER).
        await AssertEverywhereAsync("lives", "three", third.Version);
    }

    [Theory]
    [MemberData(nameof(NastyTexts))]
    public async Task Any_text_is_a_key_and_a_value_on_every_node(string text)
    {
        var written = await Cluster.WriteAsync(text, text);

        Assert.True(written.IsAcknowledged, written.Detail);
        await AssertEverywhereAsync(text, text, written.Version);
        Assert.True((await Cluster.DeleteAsync(text)).IsAcknowledged);
        await AssertEverywhereAsync(text, null, null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_write_is_acknowledged_by_at_least_its_quorum(int quorum)
    {
        await Cluster.SetLagAsync(0, 50);
        await Cluster.SetQuorumAsync(quorum);

        var writes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Cluster.WriteAsync($"quorum-{quorum}-{i}", "value")));

        Assert.All(writes, write => Assert.True(write.IsAcknowledged, write.Detail));
        Assert.All(writes, write => Assert.Equal(quorum, write.WriteQuorum));
        Assert.All(writes, write => Assert.InRange(write.ReplicatedTo!.Value, quorum, 5));
        foreach (var write in writes)
        {
            var status = await Cluster.WriteStatusAsync(write.Version!.Value);
            Assert.True(status.Committed);
            Assert.InRange(status.ReplicatedTo, quorum, 5);
        }

        // QUORUM is about disks, so what the leader says is not all: the write is on at least W followers from now on.
        var holders = await Task.WhenAll(Cluster.Followers.Select(follower => Cluster.StateAsync(follower)));
        Assert.All(writes, (write, i) => Assert.InRange(holders.Count(state => state.Store.ContainsKey($"quorum-{quorum}-{i}")), quorum, 5));
        await Cluster.WaitUntilIdenticalAsync();
    }

    private async Task AssertEverywhereAsync(string key, string? value, long? version)
    {
        foreach (var node in Cluster.Nodes)
        {
            var expected = value is null ? null : new KeyAnswer(key, value, version!.Value);
            await Eventually.BecomesAsync(() => Cluster.ReadAsync(node, key), now => now == expected, now => $"{now}", $"{expected} on {node}");
        }
    }
}

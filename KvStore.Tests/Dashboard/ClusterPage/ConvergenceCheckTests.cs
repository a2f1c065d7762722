using System.Collections.Concurrent;
using KvStore.Dashboard.Cluster;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>CONVERGE is checked by digests, and a difference is claimed only of stores that rest.</summary>
public sealed class ConvergenceCheckTests : IAsyncLifetime
{
    private const string Call = "GET /replication/digest";

    private readonly ConcurrentQueue<IReadOnlyList<NodeComparison>> _reports = [];
    private FakeCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await FakeCluster.StartAsync();
        foreach (var node in _cluster.Nodes)
        {
            node.Answers(Call, () => Digest("same"));
        }
    }

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Equal_digests_are_identical_at_once()
    {
        await RunAsync();

        Assert.All(Assert.Single(_reports), node => Assert.Equal(Comparison.Identical, node.Comparison));
        Assert.Equal(["leader", "follower1", "follower2"], _reports.Last().Select(node => node.Node));
    }

    [Fact]
    public async Task A_difference_is_told_when_it_is_seen_twice_and_not_before()
    {
        _cluster.Follower1.Answers(Call, () => Digest("other"));

        await RunAsync();

        Assert.Equal([Comparison.Behind, Comparison.Different], _reports.Select(report => report[1].Comparison));
        Assert.Equal((Comparison.Identical, Comparison.Identical), (_reports.Last()[0].Comparison, _reports.Last()[2].Comparison));
    }

    [Fact]
    public async Task Digests_that_change_are_not_a_difference()
    {
        var reads = 0;
        _cluster.Follower1.Answers(Call, () => Interlocked.Increment(ref reads) switch
        {
            1 => Digest("one moment"),
            2 => Digest("another moment"),
            3 => Digest("one moment"),
            _ => Digest("same"),
        });

        await RunAsync();

        Assert.DoesNotContain(_reports, report => report[1].Comparison == Comparison.Different);
        Assert.Equal(Comparison.Identical, _reports.Last()[1].Comparison);
    }

    [Fact]
    public async Task While_the_leader_takes_writes_nothing_is_claimed()
    {
        var reads = 0;
        _cluster.Follower1.Answers(Call, () => Digest("other"));
        _cluster.Leader.Answers(Call, () => Interlocked.Increment(ref reads) <= 6 ? Digest($"{reads}", watermark: 10 + reads) : Digest("same"));
        _cluster.Follower2.Answers(Call, () => Digest("other", watermark: 7));
        using var enough = new CancellationTokenSource();

        var check = RunAsync(enough.Token);
        await Eventually.HoldsAsync("the leader to rest", () => Task.FromResult(_reports.Any(report => report[1].Comparison == Comparison.Different)));
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);

        var busy = _reports.TakeWhile(report => report[0].Comparison == Comparison.Behind).ToList();
        Assert.Equal(3, busy.Count);
        Assert.All(busy, report => Assert.Equal((Comparison.Behind, Comparison.Behind), (report[1].Comparison, report[2].Comparison)));
        Assert.Equal("3 entries behind.", _reports.Last()[2].Note);
    }

    [Fact]
    public async Task A_node_that_hangs_is_silent_and_the_others_are_compared()
    {
        _cluster.Follower1.Hangs(Call);

        await RunAsync();

        Assert.Equal([Comparison.Identical, Comparison.Silent, Comparison.Identical], _reports.Last().Select(node => node.Comparison));
        Assert.Contains("No answer within", _reports.Last()[1].Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_leader_there_is_nothing_to_compare_with()
    {
        _cluster.Leader.IsAway = true;

        await RunAsync();

        Assert.All(Assert.Single(_reports), node => Assert.Equal(Comparison.Silent, node.Comparison));
    }

    private static DigestInfo Digest(string digest, long watermark = 10) => new(watermark, 3, digest);

    private Task RunAsync(CancellationToken cancellationToken = default) => _cluster.Check.RunAsync(_reports.Enqueue, cancellationToken);
}

using KvStore.Dashboard.Configuration;

namespace KvStore.Dashboard.Cluster;

/// <summary>Watches every node, and tells the pages twice a second what is known; more slowly while nobody looks.</summary>
internal sealed class ClusterMonitor : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PauseWhileNobodyLooks = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RecentStretch = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly NodeWatch? _leader;
    private readonly IReadOnlyList<NodeWatch> _followers;
    private volatile ClusterView? _current;

    public ClusterMonitor(DashboardOptions options, NodeClient client, TimeProvider time)
    {
        _time = time;
        if (options.Leader is { } leader)
        {
            _leader = new NodeWatch("leader", leader, isLeader: true, client);
        }

        _followers = [.. options.Followers.Select(follower => new NodeWatch(follower.Name, follower.Address, isLeader: false, client))];
    }

    /// <summary>Raised after each change of <see cref="Current"/>, on a thread of the pool.</summary>
    public event Action? Changed;

    /// <summary>The newest view; null when no cluster is configured.</summary>
    public ClusterView? Current => _current;

    /// <summary>The latencies of the last minutes.</summary>
    public LatencyHistory History { get; } = new();

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_leader is null)
        {
            return;
        }

        Publish(_leader);
        try
        {
            await Task.WhenAll([
                .. _followers.Prepend(_leader).Select(watch => AskAgainAndAgainAsync(watch, stoppingToken)),
                PublishAgainAndAgainAsync(_leader, stoppingToken)]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The dashboard ends.
        }
    }

    private async Task AskAgainAndAgainAsync(NodeWatch watch, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, _time);
        do
        {
            await watch.AskAsync(stoppingToken);
            if (watch == _leader && watch.Last is { Writes: { } writes, Replication: { } replication })
            {
                History.Add(_time.GetUtcNow(), replication.Epoch, writes);
            }
        }
        while (await NextAsync(timer, mayRest: watch != _leader, stoppingToken));
    }

    private async Task PublishAgainAndAgainAsync(NodeWatch leader, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, _time);
        while (await NextAsync(timer, mayRest: true, stoppingToken))
        {
            Publish(leader);
            Changed?.Invoke();
        }
    }

    // The leader is asked at one pace: what came before the first reading with a new lag cannot be told from what came before the change.
    private ValueTask<bool> NextAsync(PeriodicTimer timer, bool mayRest, CancellationToken stoppingToken)
    {
        timer.Period = mayRest && Changed is null ? PauseWhileNobodyLooks : Pause;
        return timer.WaitForNextTickAsync(stoppingToken);
    }

    private void Publish(NodeWatch leader)
    {
        var (node, replication, writes) = leader.Last;
        var recent = History.Over(RecentStretch);
        _current = new ClusterView(
            _time.GetUtcNow(),
            node,
            [.. _followers.Select(watch => Describe(watch.Last.Node, replication, writes?.Last))],
            replication,
            writes,
            node.Answers ? recent.ByQuorum.FirstOrDefault(summary => summary.WriteQuorum == replication?.WriteQuorum) : null,
            node.Answers ? recent.WritesPerSecond : null);
    }

    private static FollowerView Describe(NodeView node, ReplicationInfo? replication, LastWrite? last)
    {
        // The leader names a follower as the follower names itself, and before it has met it only by its address.
        var status = replication?.Followers.FirstOrDefault(lane => lane.Id == (node.Info?.Id ?? node.Name))
            ?? replication?.Followers.FirstOrDefault(lane => Uri.TryCreate(lane.Address, UriKind.Absolute, out var address) && address == node.Address);
        var place = last?.ConfirmedBy.Index().FirstOrDefault(entry => entry.Item.Follower == status?.Id, (-1, null!)).Index;
        return place is { } index and >= 0
            ? new(node, status, index + 1, last!.ConfirmedBy[index].Seconds, index < last.WriteQuorum)
            : new(node, status, Place: null, ConfirmedAfterSeconds: null, IsInQuorum: false);
    }
}

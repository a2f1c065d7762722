namespace KvStore.Dashboard.Cluster;

/// <summary>What the dashboard knows of the cluster at one moment; a new one is made whenever something is learned.</summary>
/// <param name="At">When it was put together.</param>
/// <param name="Leader">The leader.</param>
/// <param name="Followers">The followers, in the order of the configuration.</param>
/// <param name="Replication">What the leader says of its followers; null while it does not answer.</param>
/// <param name="Writes">What the leader says of its writes; null while it does not answer.</param>
/// <param name="Recent">The writes of the last seconds with the quorum in force; null when there were none, or the leader does not answer.</param>
/// <param name="WritesPerSecond">Over the last seconds.</param>
public sealed record ClusterView(
    DateTimeOffset At, NodeView Leader, IReadOnlyList<FollowerView> Followers, ReplicationInfo? Replication, WritesInfo? Writes,
    LatencySummary? Recent, double? WritesPerSecond)
{
    /// <summary>Every node, the leader first.</summary>
    public IEnumerable<NodeView> Nodes => Followers.Select(follower => follower.Node).Prepend(Leader);
}

/// <summary>One node as it answers for itself.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Address">Where it is, for service discovery.</param>
/// <param name="Info">What it last said of itself; null before the first answer.</param>
/// <param name="Health">What it last said of its health.</param>
/// <param name="Error">Why it does not answer now, in words; null when it does.</param>
public sealed record NodeView(string Name, Uri Address, NodeInfo? Info, HealthInfo? Health, string? Error)
{
    /// <summary>Whether it answers now.</summary>
    public bool Answers => Error is null && Info is not null;
}

/// <summary>A follower, from both sides.</summary>
/// <param name="Node">As it answers for itself.</param>
/// <param name="Status">As the leader sees it; null when the leader does not answer or does not know it.</param>
/// <param name="Place">Its place among those that confirmed the last write, the first being 1; null when it had not when the write was answered.</param>
/// <param name="ConfirmedAfterSeconds">When it confirmed the last write.</param>
/// <param name="IsInQuorum">Whether the last write's answer waited for it: it is among the first W.</param>
public sealed record FollowerView(NodeView Node, FollowerStatus? Status, int? Place, double? ConfirmedAfterSeconds, bool IsInQuorum);

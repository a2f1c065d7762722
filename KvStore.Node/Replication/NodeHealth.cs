namespace KvStore.Node.Replication;

/// <summary>Whether a node can do its job.</summary>
/// <param name="IsHealthy">False makes <c>/health</c> answer 503.</param>
/// <param name="Reasons">What is wrong, in words, worst first; a healthy node may have some too.</param>
internal sealed record NodeHealth(bool IsHealthy, IReadOnlyList<string> Reasons);

namespace KvStore.Analysis.Consistency;

/// <summary>What was found out about one follower after a stretch of writing.</summary>
/// <param name="Follower">Its name.</param>
/// <param name="AtFirst">How it differed from the leader when the last write had its answer; null where the store is too large to list.</param>
/// <param name="IdenticalAfter">From that moment until it was identical; null when it was not within the time that it was given.</param>
/// <param name="AtLast">How it still differs then; null when it does not, or the store is too large to list.</param>
internal sealed record ReplicaComparison(string Follower, StateComparison? AtFirst, TimeSpan? IdenticalAfter, StateComparison? AtLast)
{
    /// <summary>Whether it became identical.</summary>
    public bool IsIdentical => IdenticalAfter is not null;
}

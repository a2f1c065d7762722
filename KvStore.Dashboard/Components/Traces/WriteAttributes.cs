namespace KvStore.Dashboard.Components.Traces;

/// <summary>What the nodes write on the spans of a write.</summary>
internal static class WriteAttributes
{
    public const string Lsn = "kvstore.lsn";
    public const string WriteQuorum = "kvstore.write_quorum";
    public const string Outcome = "kvstore.outcome";
    public const string ReplicatedTo = "kvstore.replicated_to";
    public const string WaitedFor = "kvstore.waited_for";
    public const string Follower = "kvstore.follower";
    public const string LagMs = "kvstore.lag_ms";
    public const string Attempt = "kvstore.attempt";
    public const string BatchKind = "kvstore.batch.kind";
    public const string Result = "kvstore.result";

    /// <summary>The event at the W-th confirmation.</summary>
    public const string QuorumEvent = "quorum";

    /// <summary>The event where the wait for the simulated lag ends and the work begins.</summary>
    public const string SendEvent = "send";

    /// <summary>The span of the leader's own fsync.</summary>
    public const string CommitSpan = "commit";

    /// <summary>How the name of a span of one send begins; the follower's name comes after.</summary>
    public const string ReplicateSpan = "replicate ";
}

namespace KvStore.Node.Replication.Leader;

/// <summary>The names of outcomes in metrics and traces.</summary>
internal static class WriteOutcomes
{
    /// <summary>The name of an outcome.</summary>
    public static string NameOf(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Replicated => "success",
        WriteOutcome.Unknown => "unknown",
        WriteOutcome.Rejected or WriteOutcome.KeyReused => "rejected",
        _ => "not_found",
    };
}

namespace KvStore.Node.Replication.Core;

/// <summary>
/// A leader's term (FENCE). The counter orders terms; the run id, random for each leader process, tells apart two
/// processes that came to the same counter.
/// </summary>
/// <param name="Counter">1 or more.</param>
/// <param name="RunId">Random, chosen when the leader's process starts.</param>
internal readonly record struct Epoch(long Counter, ulong RunId)
{
    /// <inheritdoc />
    public override string ToString() => $"{Counter}.{RunId:x16}";
}

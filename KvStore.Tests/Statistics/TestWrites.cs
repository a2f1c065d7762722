using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Statistics;

/// <summary>Writes that are over, as the statistics see them.</summary>
internal static class TestWrites
{
    public const int Lanes = 5;

    public static PendingWrite Write(TimeProvider time, long lsn, int writeQuorum = 3) =>
        new(EntryKind.Put, [(byte)'k'], [], writeQuorum) { Lsn = lsn, StartedAt = time.GetTimestamp() };

    public static WriteOutcome Success(PendingWrite write) => new WriteOutcome.Replicated(write.Lsn, write.WriteQuorum);

    public static SlowWrite Slow(FakeTimeProvider time, long lsn, TimeSpan latency) =>
        new(Write(time, lsn), latency, isSuccess: true, time.GetUtcNow() - latency, Lanes, time);
}

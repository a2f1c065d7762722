using Google.Protobuf;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Replication.Leader;

/// <summary>An entry on its way to the followers.</summary>
/// <param name="Lsn">Its number.</param>
/// <param name="Bytes">The encoded entry, as it goes on the wire.</param>
/// <param name="TraceContext">The context of its write's span; empty when it is not sampled.</param>
/// <param name="CommittedAt">When its commit began, and it might be sent.</param>
/// <param name="Delays">The simulated lag drawn for each lane; null when there is none, or when it was drawn too long ago.</param>
internal sealed record OutgoingEntry(
    long Lsn, ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte> TraceContext, DateTimeOffset CommittedAt, TimeSpan[]? Delays)
{
    /// <summary>The entry as it stands in the log. Only what is needed is read of it: a follower that catches up gets hundreds of thousands.</summary>
    public static OutgoingEntry FromLog(long lsn, byte[] bytes)
    {
        var (traceContext, committedAtMs) = (ReadOnlyMemory<byte>.Empty, 0L);
        using var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case Entry.CommittedAtUnixMsFieldNumber:
                    committedAtMs = input.ReadInt64();
                    break;
                case Entry.TraceContextFieldNumber:
                    traceContext = input.ReadBytes().Memory;
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new OutgoingEntry(lsn, bytes, traceContext, DateTimeOffset.FromUnixTimeMilliseconds(committedAtMs), Delays: null);
    }
}

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

/// <summary>
/// The newest entries, encoded once and shared by all lanes, bounded by bytes; older ones are read from the log. Those that were
/// added last are there in any case, since the log may not have them yet.
/// </summary>
internal sealed class EntryRing(long bytesMax)
{
    // What an entry costs in memory beside its own bytes, roughly.
    private const int EntryOverheadBytes = 256;

    private readonly Lock _gate = new();
    private readonly Queue<OutgoingEntry> _order = new();
    private readonly Dictionary<long, OutgoingEntry> _byLsn = [];
    private long _bytes;

    /// <summary>Lets the oldest entries go, and adds the newest.</summary>
    public void Append(IReadOnlyList<OutgoingEntry> entries)
    {
        lock (_gate)
        {
            _bytes += entries.Sum(SizeOf);
            while (_bytes > bytesMax && _order.TryDequeue(out var oldest))
            {
                _byLsn.Remove(oldest.Lsn);
                _bytes -= SizeOf(oldest);
            }

            foreach (var entry in entries)
            {
                _order.Enqueue(entry);
                _byLsn.Add(entry.Lsn, entry);
            }
        }
    }

    /// <summary>The entry at <paramref name="lsn"/>, or null when the ring does not hold it any more.</summary>
    public OutgoingEntry? Find(long lsn)
    {
        lock (_gate)
        {
            return _byLsn.GetValueOrDefault(lsn);
        }
    }

    private static long SizeOf(OutgoingEntry entry) => entry.Bytes.Length + EntryOverheadBytes;
}

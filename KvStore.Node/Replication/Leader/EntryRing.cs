namespace KvStore.Node.Replication.Leader;

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

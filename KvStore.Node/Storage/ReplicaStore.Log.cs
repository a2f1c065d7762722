using System.Buffers;
using System.Globalization;
using System.Text;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Storage;

/// <content>Entries: their durable write, and the log.</content>
internal sealed partial class ReplicaStore
{
    /// <summary>
    /// Writes entries to the log and their versions to the data, with one fsync; on return they are durable. The order of
    /// the entries does not matter, within a call or between calls: the newest version of a key is the one with the highest LSN.
    /// </summary>
    /// <param name="entries">Entries that the log does not hold.</param>
    /// <param name="watermarkBound">An LSN up to which the log was complete before this call.</param>
    /// <param name="commitLsnBound">On a leader, an LSN up to which every entry has its quorum.</param>
    /// <param name="leaderDurable">On a follower, an LSN up to which the leader has everything on its disk; null when that is no news.</param>
    /// <param name="marks">On a leader, the marks of its log that fall among the entries.</param>
    public void Append(
        IReadOnlyList<EncodedEntry> entries, long watermarkBound, long? commitLsnBound = null, long? leaderDurable = null,
        params IReadOnlyList<LogMark> marks)
    {
        using var batch = _engine.CreateBatch();
        Span<byte> logKey = stackalloc byte[sizeof(long)];
        foreach (var entry in entries)
        {
            KeyEncoding.WriteLogKey(entry.Lsn, logKey);
            batch.Put(StorageFamily.Log, logKey, entry.Bytes.Span);
            PutVersion(batch, _active, entry.Entry);
            if (entry.Lsn > Install?.Lsn && !PlantedBugs.Has(PlantedBug.SnapshotMissesEntries))
            {
                PutVersion(batch, Inactive, entry.Entry);
            }

            if (entry.Entry.IdempotencyKey is { Length: > 0 } idempotencyKey)
            {
                batch.Put(StorageFamily.Meta, IdempotentRow(idempotencyKey, entry.Lsn), []);
            }
        }

        foreach (var mark in marks)
        {
            PutLogMark(batch, mark);
        }

        PutLsn(batch, MetaKeys.Watermark, watermarkBound);
        if (commitLsnBound is { } bound)
        {
            PutLsn(batch, MetaKeys.CommitLsn, bound);
        }

        if (leaderDurable is { } durable)
        {
            PutLsn(batch, MetaKeys.LeaderDurable, durable);
        }

        _engine.Commit(batch);
    }

    /// <summary>Writes a version by hand, outside any log, and marks the store as standalone.</summary>
    public void PutStandalone(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long version)
    {
        using var batch = _engine.CreateBatch();
        PutVersion(batch, _active, key, version, value);
        PutMeta(batch, MetaKeys.Standalone, "true");
        _engine.Commit(batch);
        IsStandalone = true;
    }

    /// <summary>What the log holds, worked out from the log itself.</summary>
    public LsnRangeSet ReadHoldings()
    {
        var holdings = new LsnRangeSet();
        if (Math.Max(GetLsn(MetaKeys.Watermark), CutLsn) is > 0 and var watermark)
        {
            holdings.Add(new LsnRange(1, watermark));
        }

        using var cursor = SeekLog(holdings.Watermark + 1);
        for (; cursor.Valid; cursor.Next())
        {
            holdings.Add(KeyEncoding.ReadLogKey(cursor.Key));
        }

        return holdings;
    }

    /// <summary>The entry at <paramref name="lsn"/>, or null when the log does not hold it.</summary>
    public EncodedEntry? ReadEntry(long lsn) => ReadEntryBytes(lsn) is { } bytes ? EncodedEntry.Decode(bytes) : null;

    /// <summary>The bytes of the entry at <paramref name="lsn"/>, or null when the log does not hold it.</summary>
    public byte[]? ReadEntryBytes(long lsn)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        KeyEncoding.WriteLogKey(lsn, key);
        return _engine.Get(StorageFamily.Log, key);
    }

    /// <summary>The write that an idempotency key stands for, the latest if there are several; null when the log does not hold it.</summary>
    public long? FindIdempotent(string idempotencyKey) =>
        ReadMeta($"{MetaKeys.IdempotentPrefix}{idempotencyKey} ") is [.., var latest] && ToLsn(latest.Name) is var lsn && lsn > CutLsn ? lsn : null;

    /// <summary>The entries of the log from <paramref name="from"/> on, ascending.</summary>
    public IEnumerable<EncodedEntry> ReadLog(long from) => ReadLogBytes(from).Select(entry => EncodedEntry.Decode(entry.Bytes));

    /// <summary>The same, not decoded.</summary>
    public IEnumerable<(long Lsn, byte[] Bytes)> ReadLogBytes(long from)
    {
        using var cursor = SeekLog(from);
        for (; cursor.Valid; cursor.Next())
        {
            yield return (KeyEncoding.ReadLogKey(cursor.Key), cursor.Value.ToArray());
        }
    }

    // Takes back what entries have written, versions and all. Nothing is cut above what the leader has on its disk, so whatever
    // they had superseded is still there.
    private int GiveUpAbove(IStorageBatch batch, long lsn)
    {
        var count = 0;
        if (lsn == long.MaxValue)
        {
            return count;
        }

        Span<byte> logKey = stackalloc byte[sizeof(long)];
        foreach (var entry in ReadLog(lsn + 1))
        {
            KeyEncoding.WriteLogKey(entry.Lsn, logKey);
            batch.Delete(StorageFamily.Log, logKey);
            if (!PlantedBugs.Has(PlantedBug.TailStaysVisible))
            {
                batch.Delete(_active, KeyEncoding.VersionKey(entry.Entry.Key.Span, entry.Lsn));
            }

            if (entry.Entry.IdempotencyKey is { Length: > 0 } idempotencyKey)
            {
                batch.Delete(StorageFamily.Meta, IdempotentRow(idempotencyKey, entry.Lsn));
            }

            count++;
        }

        PutLsn(batch, MetaKeys.Watermark, Math.Min(GetLsn(MetaKeys.Watermark), lsn));
        PutLsn(batch, MetaKeys.LeaderDurable, Math.Min(GetLsn(MetaKeys.LeaderDurable), lsn));
        return count;
    }

    private IStorageCursor SeekLog(long from)
    {
        var cursor = _engine.OpenCursor(StorageFamily.Log);
        SeekLog(cursor, from);
        return cursor;
    }

    private static void SeekLog(IStorageCursor cursor, long from)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        KeyEncoding.WriteLogKey(from, key);
        cursor.Seek(key);
    }

    private static byte[] IdempotentRow(string idempotencyKey, long lsn) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{MetaKeys.IdempotentPrefix}{idempotencyKey} {lsn:D19}"));

    private static void PutVersion(IStorageBatch batch, StorageFamily family, Entry entry)
    {
        if (entry.Kind == EntryKind.Put)
        {
            PutVersion(batch, family, entry.Key.Span, entry.Lsn, entry.Value.Span);
        }
        else
        {
            batch.Put(family, KeyEncoding.VersionKey(entry.Key.Span, entry.Lsn), StoredValue.OfDelete);
        }
    }

    private static void PutVersion(IStorageBatch batch, StorageFamily family, ReadOnlySpan<byte> key, long lsn, ReadOnlySpan<byte> value)
    {
        var keyLength = KeyEncoding.VersionKeyLength(key);
        var rented = ArrayPool<byte>.Shared.Rent(keyLength + 1 + value.Length);
        try
        {
            var versionKey = rented.AsSpan(0, keyLength);
            KeyEncoding.WriteVersionKey(key, lsn, versionKey);
            var row = rented.AsSpan(keyLength, 1 + value.Length);
            StoredValue.WritePut(value, row);
            batch.Put(family, versionKey, row);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

using System.Globalization;
using System.Text;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Storage;

/// <content>Cutting the log from its lower end (BOUNDED).</content>
internal sealed partial class ReplicaStore
{
    private long _cutLsn;

    /// <summary>The log holds nothing up to this LSN any more; 0 when it was never cut.</summary>
    public long CutLsn => Volatile.Read(ref _cutLsn);

    /// <summary>The marks of a leader's log, ascending: those above the cut, and one at the cut.</summary>
    public IReadOnlyList<LogMark> ReadLogMarks()
    {
        var marks = new List<LogMark>();
        foreach (var (name, value) in ReadMeta(MetaKeys.LogMarkPrefix))
        {
            var parts = value.Split(',');
            marks.Add(new LogMark(ToLsn(name), ToLsn(parts[0]), ToLsn(parts[1])));
        }

        return marks;
    }

    /// <summary>
    /// Removes the oldest entries of the log, and with each what it has superseded: the versions of its key below it, and
    /// with a delete its tombstone. Nothing that can be read changes. A crash may undo a cut, but never halves it.
    /// </summary>
    /// <remarks>
    /// What a put has superseded the engine drops when it suits it. A delete takes it away here: its tombstone may go only together
    /// with all that it hides.
    /// </remarks>
    /// <param name="upTo">The last LSN to be cut; this replica holds everything up to it without gaps.</param>
    /// <param name="entriesMax">How many entries are cut at once.</param>
    /// <returns>Whether there is more to cut up to there. Once the engine has failed there is not.</returns>
    public bool Cut(long upTo, int entriesMax = 4096)
    {
        // Installing a snapshot replaces log and data, so neither may be cut beneath it.
        lock (_layout)
        {
            if (upTo <= CutLsn || Install is not null || Failure is not null)
            {
                return false;
            }

            using var batch = _engine.CreateBatch();
            using var versions = _engine.OpenCursor(_active);
            var cut = upTo;
            var count = 0;
            using var log = SeekLog(CutLsn + 1);
            for (; log.Valid && KeyEncoding.ReadLogKey(log.Key) <= upTo; log.Next())
            {
                if (count++ == entriesMax)
                {
                    cut = KeyEncoding.ReadLogKey(log.Key) - 1;
                    break;
                }

                if (EntryPeek.Read(log.Value) is not { Kind: EntryKind.Put, HasIdempotencyKey: false })
                {
                    Drop(batch, versions, EncodedEntry.Decode(log.Value.ToArray()).Entry);
                }
            }

            DeleteLog(batch, CutLsn + 1, cut);
            PutLsn(batch, MetaKeys.Cut, cut);
            Volatile.Write(ref _cutLsn, cut);
            _engine.CommitUnsynced(batch);
            _engine.DropSuperseded(cut);
            return cut < upTo;
        }
    }

    private void Drop(IStorageBatch batch, IStorageCursor versions, Entry entry)
    {
        if (entry.IdempotencyKey.Length > 0)
        {
            batch.Delete(StorageFamily.Meta, IdempotentRow(entry.IdempotencyKey, entry.Lsn));
        }

        if (entry.Kind != EntryKind.Delete)
        {
            return;
        }

        var at = KeyEncoding.VersionKey(entry.Key.Span, entry.Lsn);
        batch.Delete(_active, at);
        if (PlantedBugs.Has(PlantedBug.TombstoneForgotten))
        {
            return;
        }

        versions.Seek(at);
        for (; versions.Valid && KeyEncoding.KeyPart(versions.Key).SequenceEqual(KeyEncoding.KeyPart(at)); versions.Next())
        {
            if (KeyEncoding.LsnOf(versions.Key) < entry.Lsn)
            {
                batch.Delete(_active, versions.Key);
            }
        }
    }

    // The marks of what is deleted go along; one that stands right at the cut says how much lay below.
    private static void DeleteLog(IStorageBatch batch, long first, long last)
    {
        Span<byte> from = stackalloc byte[sizeof(long)];
        Span<byte> end = stackalloc byte[sizeof(long)];
        KeyEncoding.WriteLogKey(first, from);
        KeyEncoding.WriteLogKey(last + 1, end);
        batch.DeleteRange(StorageFamily.Log, from, end);
        batch.DeleteRange(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.LogMarkPrefix), Encoding.UTF8.GetBytes(LogMarkName(last)));
    }

    private static void PutLogMark(IStorageBatch batch, LogMark mark) =>
        PutMeta(batch, LogMarkName(mark.Lsn), string.Create(CultureInfo.InvariantCulture, $"{mark.Bytes},{mark.CommittedAtMs}"));

    private static string LogMarkName(long lsn) => MetaKeys.LogMarkPrefix + lsn.ToString("D19", CultureInfo.InvariantCulture);
}

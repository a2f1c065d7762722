using System.Globalization;
using Google.Protobuf;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Analysis.CatchUp;

/// <summary>Fills the folders of nodes with what would take minutes to write over HTTP; nodes open them as their own.</summary>
internal static class PreparedStore
{
    private const int EntriesPerCommit = 10_000;

    private static readonly Epoch Epoch = new(1, 1);
    private static readonly LogLimits Keep = new();

    /// <summary>Fills a store with entries, each of a key of its own.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="nodeId">Whose store it is.</param>
    /// <param name="entries">How many entries.</param>
    /// <param name="valueBytes">The size of each value.</param>
    /// <param name="cutUpTo">Up to where the log is cut.</param>
    /// <param name="cancellationToken">Leaves it unfinished.</param>
    public static void Fill(string directory, string nodeId, long entries, int valueBytes, long cutUpTo, CancellationToken cancellationToken)
    {
        using var store = ReplicaStore.Open(RocksDbEngine.Open(directory), nodeId);
        store.PersistEpoch("catch-up", Epoch, EpochHistory.Empty);
        var value = ByteString.CopyFrom(new byte[valueBytes].Select((_, i) => (byte)('a' + (i % 26))).ToArray());
        var retention = new LogRetention(Keep, [], 0);
        for (var at = 1L; at <= entries; at += EntriesPerCommit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var batch = new List<EncodedEntry>();
            var marks = new List<LogMark>();
            for (var lsn = at; lsn < at + EntriesPerCommit && lsn <= entries; lsn++)
            {
                var entry = EncodedEntry.Encode(new Entry
                {
                    Lsn = lsn,
                    Epoch = Epoch.ToMessage(),
                    Kind = EntryKind.Put,
                    Key = ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"key-{lsn:D9}")),
                    Value = value,
                    WriteQuorum = 3,
                    CommittedAtUnixMs = now,
                });
                batch.Add(entry);
                if (nodeId == "leader" && retention.Append(lsn, entry.Bytes.Length, now) is { } mark)
                {
                    marks.Add(mark);
                }
            }

            store.Append(batch, watermarkBound: at - 1, commitLsnBound: at - 1, marks: marks);
        }

        while (store.Cut(cutUpTo))
        {
            // The next piece.
        }
    }
}

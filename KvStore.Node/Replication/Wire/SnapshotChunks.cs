using System.IO.Hashing;
using Google.Protobuf;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Wire;

/// <summary>The rows of a snapshot's part, and their checksum.</summary>
internal static class SnapshotChunks
{
    /// <summary>Puts rows into a message.</summary>
    public static void WriteRows(SnapshotChunk chunk, IReadOnlyList<LiveKey> rows)
    {
        var message = new SnapshotRows();
        message.Rows.AddRange(rows.Select(row => new SnapshotRow
        {
            Key = UnsafeByteOperations.UnsafeWrap(row.Key),
            Lsn = row.Lsn,
            Value = UnsafeByteOperations.UnsafeWrap(row.Value),
        }));
        chunk.Rows = message.ToByteString();
        chunk.Checksum = XxHash3.HashToUInt64(chunk.Rows.Span);
    }

    /// <summary>The rows in a message; null when they are not what was sent.</summary>
    public static IReadOnlyList<LiveKey>? ReadRows(SnapshotChunk chunk) => XxHash3.HashToUInt64(chunk.Rows.Span) == chunk.Checksum
        ? [.. SnapshotRows.Parser.ParseFrom(chunk.Rows).Rows.Select(row => new LiveKey(row.Key.ToByteArray(), row.Value.ToByteArray(), row.Lsn))]
        : null;
}

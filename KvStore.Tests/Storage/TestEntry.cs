using System.Text;
using Google.Protobuf;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Tests.Storage;

/// <summary>Entries for a store, and what a store shows, in a few words.</summary>
internal static class TestEntry
{
    public static EncodedEntry Put(long lsn, string key, string value, string idempotencyKey = "") =>
        Make(lsn, EntryKind.Put, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), idempotencyKey);

    public static EncodedEntry Delete(long lsn, string key, string idempotencyKey = "") =>
        Make(lsn, EntryKind.Delete, Encoding.UTF8.GetBytes(key), [], idempotencyKey);

    public static EncodedEntry Make(long lsn, EntryKind kind, byte[] key, byte[] value, string idempotencyKey = "") => EncodedEntry.Encode(new Entry
    {
        Lsn = lsn,
        Epoch = new Epoch(1, 1).ToMessage(),
        Kind = kind,
        Key = ByteString.CopyFrom(key),
        Value = ByteString.CopyFrom(value),
        WriteQuorum = 3,
        IdempotencyKey = idempotencyKey,
    });

    public static (string Value, long Lsn)? Read(this ReplicaStore store, string key) =>
        store.Read(Encoding.UTF8.GetBytes(key)) is { } found ? (Encoding.UTF8.GetString(found.Value), found.Lsn) : null;

    /// <summary>Every live key as <c>key=value@lsn</c>, in order.</summary>
    public static IReadOnlyList<string> State(this ReplicaStore store)
    {
        using var view = store.OpenView();
        return view.State();
    }

    public static IReadOnlyList<string> State(this StateView view) => [.. view.LiveKeys().Select(Describe)];

    public static string Describe(LiveKey live) => $"{Encoding.UTF8.GetString(live.Key)}={Encoding.UTF8.GetString(live.Value)}@{live.Lsn}";

    /// <summary>The same of keys that are no text.</summary>
    public static string DescribeBytes(LiveKey live) => $"{Convert.ToHexString(live.Key)}={Convert.ToHexString(live.Value)}@{live.Lsn}";

    /// <summary>Every version in a family as <c>key@lsn</c>, with <c>!</c> behind a tombstone.</summary>
    public static IReadOnlyList<string> Versions(this IStorageEngine engine, StorageFamily family)
    {
        var versions = new List<string>();
        using var cursor = engine.OpenCursor(family);
        for (cursor.Seek([]); cursor.Valid; cursor.Next())
        {
            var tombstone = StoredValue.IsTombstone(cursor.Value) ? "!" : "";
            versions.Add($"{Encoding.UTF8.GetString(KeyEncoding.DecodeKey(cursor.Key))}@{KeyEncoding.LsnOf(cursor.Key)}{tombstone}");
        }

        return versions;
    }
}

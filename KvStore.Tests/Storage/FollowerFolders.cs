using System.Text;
using Google.Protobuf;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Storage;

/// <summary>Data folders of followers, made without any leader.</summary>
internal sealed class FollowerFolders : IDisposable
{
    public const string Cluster = "cluster-a";

    private readonly TemporaryFolder _folder = new();

    public string this[string id] => Path.Combine(_folder.Path, id);

    /// <summary>A follower that holds these entries; the entry at LSN n sets key <c>k{n % 4}</c> to <c>v{n}</c>, and every seventh deletes it.</summary>
    public string Make(string id, IEnumerable<long> lsns, string cluster = Cluster, long epoch = 1, Action<ReplicaStore>? also = null)
    {
        using var store = Open(id);
        store.PersistEpoch(cluster, new Epoch(epoch, 77), EpochHistory.Empty);
        store.Append([.. lsns.Select(lsn => Entry(lsn))], watermarkBound: 0);
        also?.Invoke(store);
        return this[id];
    }

    public ReplicaStore Open(string id) => ReplicaStore.Open(RocksDbEngine.Open(this[id]), id);

    public static EncodedEntry Entry(long lsn, string? value = null) => EncodedEntry.Encode(new Entry
    {
        Lsn = lsn,
        Epoch = new Epoch(1, 1).ToMessage(),
        Kind = lsn % 7 == 0 ? EntryKind.Delete : EntryKind.Put,
        Key = ByteString.CopyFromUtf8($"k{lsn % 4}"),
        Value = lsn % 7 == 0 ? ByteString.Empty : ByteString.CopyFromUtf8(value ?? $"v{lsn}"),
        WriteQuorum = 3,
        CommittedAtUnixMs = 1_000_000 + lsn,
        IdempotencyKey = $"name-{lsn}",
    });

    /// <summary>What a replica with these entries shows.</summary>
    public static IEnumerable<string> StateOf(IEnumerable<long> lsns) => lsns.GroupBy(lsn => lsn % 4).Select(key => (Key: key.Key, Lsn: key.Max()))
        .Where(newest => newest.Lsn % 7 != 0).OrderBy(newest => newest.Key).Select(newest => $"k{newest.Key}=v{newest.Lsn}@{newest.Lsn}");

    /// <summary>What a replica shows.</summary>
    public static List<string> StateOf(ReplicaStore store)
    {
        using var view = store.OpenView();
        return [.. view.LiveKeys().Select(live => $"{Encoding.UTF8.GetString(live.Key)}={Encoding.UTF8.GetString(live.Value)}@{live.Lsn}")];
    }

    public static IEnumerable<long> Lsns(long first, long last)
    {
        for (var lsn = first; lsn <= last; lsn++)
        {
            yield return lsn;
        }
    }

    public void Dispose() => _folder.Dispose();
}

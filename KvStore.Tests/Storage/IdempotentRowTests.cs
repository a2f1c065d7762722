using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;
using static KvStore.Tests.Storage.FollowerFolders;

namespace KvStore.Tests.Storage;

/// <summary>Which write an idempotency key stands for.</summary>
public sealed class IdempotentRowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_that_is_used_anew_while_its_first_write_is_being_cut_stands_for_the_new_one()
    {
        using var engine = new PausingEngine(RocksDbEngine.Open(_folder.Path));
        using var store = ReplicaStore.Open(engine, "node");
        store.Append([Entry(1), Entry(2)], 0);
        engine.BeforeUnsynced = () => store.Append([Named(3, "name-1")], 2);

        store.Cut(2);

        Assert.Equal(3, store.FindIdempotent("name-1"));
        Assert.Null(store.FindIdempotent("name-2"));
    }

    [Fact]
    public void Of_two_writes_with_one_key_the_later_counts_in_whatever_order_they_came()
    {
        using var store = ReplicaStore.Open(RocksDbEngine.Open(_folder.Path), "node");
        store.Append([Named(10, "name")], 0);
        store.Append([Named(9, "name"), Named(11, "name-2"), Named(12, "nam")], 0);

        Assert.Equal((10, 11, 12), (store.FindIdempotent("name"), store.FindIdempotent("name-2"), store.FindIdempotent("nam")));
        Assert.Null(store.FindIdempotent("na"));
    }

    [Fact]
    public void What_a_snapshot_covers_is_forgotten_and_what_lies_above_is_not()
    {
        using var store = ReplicaStore.Open(RocksDbEngine.Open(_folder.Path), "node");
        store.Append([Named(1, "covered"), Named(5, "above")], 0);
        store.BeginSnapshot(new SnapshotInstall(new Epoch(1, 1), 3, [], 0));

        store.FinishSnapshot();

        Assert.Null(store.FindIdempotent("covered"));
        Assert.Equal(5, store.FindIdempotent("above"));
    }

    private static EncodedEntry Named(long lsn, string name)
    {
        var entry = Entry(lsn).Entry;
        entry.IdempotencyKey = name;
        return EncodedEntry.Encode(entry);
    }

    // Does something at the moment at which an unsynced batch is complete and not yet committed.
    private sealed class PausingEngine(IStorageEngine engine) : IStorageEngine
    {
        public Action? BeforeUnsynced { get; set; }

        public string? Failure => engine.Failure;

        public byte[]? Get(StorageFamily family, ReadOnlySpan<byte> key) => engine.Get(family, key);

        public IStorageBatch CreateBatch() => engine.CreateBatch();

        public void Commit(IStorageBatch batch) => engine.Commit(batch);

        public void CommitUnsynced(IStorageBatch batch)
        {
            BeforeUnsynced?.Invoke();
            engine.CommitUnsynced(batch);
        }

        public IStorageSnapshot CreateSnapshot() => engine.CreateSnapshot();

        public IStorageCursor OpenCursor(StorageFamily family, IStorageSnapshot? snapshot = null) => engine.OpenCursor(family, snapshot);

        public void DropSuperseded(long upTo) => engine.DropSuperseded(upTo);

        public void Compact(StorageFamily family) => engine.Compact(family);

        public IStorageEngine CreateCheckpoint(string directory) => engine.CreateCheckpoint(directory);

        public void Dispose() => engine.Dispose();
    }
}

using System.Text;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Storage;

/// <content>
/// Snapshots: the state at an LSN, handed out by one replica and installed by another. The receiver fills the data family
/// that is not active, and then changes over in one atomic batch.
/// </content>
internal sealed partial class ReplicaStore
{
    // Every key is UTF-8, where this byte does not occur.
    private static readonly byte[] AboveEveryKey = [0xFF];

    private readonly Lock _layout = new();
    private volatile StorageFamily _active;

    /// <summary>The snapshot that is being taken in; null when none is.</summary>
    public SnapshotInstall? Install { get; private set; }

    private static StorageFamily ToFamily(string? name) => name is null ? StorageFamily.DataA : Enum.Parse<StorageFamily>(name);

    private StorageFamily Inactive => _active == StorageFamily.DataA ? StorageFamily.DataB : StorageFamily.DataA;

    /// <summary>The state at this instant, for another replica. This one holds everything up to its last entry.</summary>
    public SnapshotSource OpenSnapshotSource()
    {
        var view = OpenView();
        return new SnapshotSource(view, WatermarkOf(view));
    }

    /// <summary>
    /// Begins to take in a snapshot, in place of one that was not finished. From here on entries above it go to both data
    /// families; those that are there already are copied now.
    /// </summary>
    public void BeginSnapshot(SnapshotInstall install)
    {
        lock (_layout)
        {
            using var batch = _engine.CreateBatch();
            batch.DeleteRange(Inactive, [], AboveEveryKey);
            foreach (var entry in ReadLog(install.Lsn + 1))
            {
                PutVersion(batch, Inactive, entry.Entry);
            }

            PutMeta(batch, MetaKeys.Snapshot, install.ToString());
            _engine.CommitUnsynced(batch);
            Install = install;
        }
    }

    /// <summary>Takes in the next rows of the snapshot; they, and how far it is, are durable with the next commit.</summary>
    /// <param name="rows">The rows, in the order of their keys.</param>
    /// <param name="install">How far the snapshot is with them.</param>
    public void AddToSnapshot(IEnumerable<LiveKey> rows, SnapshotInstall install)
    {
        lock (_layout)
        {
            using var batch = _engine.CreateBatch();
            foreach (var row in rows)
            {
                PutVersion(batch, Inactive, row.Key, row.Lsn, row.Value);
            }

            PutMeta(batch, MetaKeys.Snapshot, install.ToString());
            _engine.CommitUnsynced(batch);
            Install = install;
        }
    }

    /// <summary>
    /// Puts the snapshot in place, with one fsync: readers see the old state until then and the new one from then on. The log
    /// begins above it, and this replica holds everything up to it.
    /// </summary>
    public void FinishSnapshot()
    {
        lock (_layout)
        {
            var lsn = Install!.Lsn;
            var old = _active;
            using var batch = _engine.CreateBatch();
            PutMeta(batch, MetaKeys.ActiveData, Inactive.ToString());
            PutLsn(batch, MetaKeys.Watermark, lsn);
            PutLsn(batch, MetaKeys.Cut, lsn);
            DeleteLog(batch, 1, lsn);
            foreach (var (name, _) in ReadMeta(MetaKeys.IdempotentPrefix).Where(row => ToLsn(row.Name[^19..]) <= lsn))
            {
                batch.Delete(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.IdempotentPrefix + name));
            }

            batch.Delete(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.Snapshot));
            if (PlantedBugs.Has(PlantedBug.SnapshotNotSynced))
            {
                _engine.CommitUnsynced(batch);
            }
            else
            {
                _engine.Commit(batch);
            }

            _active = Inactive;
            Volatile.Write(ref _cutLsn, lsn);
            Install = null;
            Clear(old);
        }
    }

    /// <summary>Gives up a snapshot that is not finished.</summary>
    public void AbandonSnapshot()
    {
        lock (_layout)
        {
            using var batch = _engine.CreateBatch();
            batch.Delete(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.Snapshot));
            batch.DeleteRange(Inactive, [], AboveEveryKey);
            _engine.CommitUnsynced(batch);
            Install = null;
        }
    }

    /// <summary>Gives back the space of the state that a snapshot has replaced. May take long.</summary>
    public void ReclaimReplacedState() => _engine.Compact(Inactive);

    // A crash between the change-over and the clearing leaves the old state behind.
    private void ClearLeftovers()
    {
        using var cursor = _engine.OpenCursor(Inactive);
        cursor.Seek([]);
        if (Install is null && cursor.Valid)
        {
            Clear(Inactive);
        }
    }

    private void Clear(StorageFamily family)
    {
        using var batch = _engine.CreateBatch();
        batch.DeleteRange(family, [], AboveEveryKey);
        _engine.CommitUnsynced(batch);
    }
}

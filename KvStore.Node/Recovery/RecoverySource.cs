using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Node.Recovery;

/// <summary>A copy of a follower's store, to be worked on. The follower's own folder stays as it is.</summary>
internal sealed class RecoverySource : IDisposable
{
    private RecoverySource(string origin, string directory, ReplicaStore store) =>
        (Origin, Directory, Store, Holdings, IsBackup) = (origin, directory, store, store.ReadHoldings(), store.IsCopy);

    /// <summary>The follower's folder.</summary>
    public string Origin { get; }

    /// <summary>The folder of the copy.</summary>
    public string Directory { get; }

    /// <summary>The copy.</summary>
    public ReplicaStore Store { get; }

    /// <summary>What it holds.</summary>
    public LsnRangeSet Holdings { get; private set; }

    /// <summary>The leader that it followed last.</summary>
    public LastLeader LastLeader => new(Store.Epoch ?? default, Store.Epochs, Store.LeaderDurable);

    /// <summary>Whether it is a backup, so that its follower may have more.</summary>
    public bool IsBackup { get; }

    /// <summary>The follower, for people.</summary>
    public string Name => Store.NodeId;

    /// <summary>Copies a store and opens the copy.</summary>
    /// <param name="origin">The follower's folder.</param>
    /// <param name="directory">The folder of the copy, which does not exist.</param>
    /// <exception cref="StorageException">There is no store, its node runs, or it belongs to no cluster.</exception>
    public static RecoverySource Copy(string origin, string directory)
    {
        // RocksDB would make an empty database of a folder that has none.
        if (!File.Exists(Path.Combine(origin, "CURRENT")))
        {
            throw new StorageException($"'{origin}' has no database: --from is the DATA_DIR of a follower.");
        }

        IStorageEngine engine;
        try
        {
            using var original = RocksDbEngine.Open(origin);
            engine = original.CreateCheckpoint(directory);
        }
        catch (StorageInUseException e)
        {
            throw new StorageException($"'{origin}' is in use: stop that follower first.", e);
        }

        try
        {
            var store = ReplicaStore.OpenAnybodys(engine);
            if (store.IsStandalone)
            {
                throw new StorageException($"'{origin}' ({store.NodeId}) took entries by hand and belongs to no cluster: it cannot be used.");
            }

            if (store.ClusterId is null)
            {
                throw new StorageException($"'{origin}' ({store.NodeId}) was never greeted by a leader and holds nothing: leave it out.");
            }

            return new RecoverySource(origin, directory, store);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Gives up what a later leader never had, as this follower would have done when greeted by it.</summary>
    /// <returns>How many entries those were.</returns>
    public int GiveUpTail(Epoch epoch, EpochHistory epochs)
    {
        var count = Store.PersistEpoch(Store.ClusterId!, epoch, epochs, epochs.SharedUpTo(LastLeader));
        Holdings = Store.ReadHoldings();
        return count;
    }

    /// <inheritdoc />
    public void Dispose() => Store.Dispose();
}

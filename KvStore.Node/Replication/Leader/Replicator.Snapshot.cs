using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Leader;

/// <content>The view of the leader's state that a snapshot is read from: one at a time, held as long as <see cref="LeaderCore"/> wants it.</content>
internal sealed partial class Replicator
{
    private SnapshotSource? _snapshot;

    /// <summary>Takes the view of the leader's state that a lane has asked for.</summary>
    public void OpenSnapshot(int lane, int generation)
    {
        SnapshotSource source;
        try
        {
            source = _store.OpenSnapshotSource();
        }
        catch (StorageException e)
        {
            Report(lane, [], (core, now) =>
            {
                core.Lanes[lane].SnapshotNotOpened(generation, e.Message, now);
                return [];
            });
            return;
        }

        lock (_gate)
        {
            if (_core.Lanes[lane].SnapshotOpened(generation, source.Lsn))
            {
                (_snapshot, source) = (source, _snapshot!);
            }
        }

        source?.Dispose();
    }

    /// <summary>Reads the part of the snapshot that follows a position; null when that snapshot was given up.</summary>
    public (List<LiveKey> Rows, bool IsLast)? ReadSnapshot(SnapshotPosition position, long bytesMax)
    {
        SnapshotSource? source;
        lock (_gate)
        {
            source = _snapshot?.Lsn == position.Lsn ? _snapshot : null;
        }

        return source?.Read(position.AfterKey, bytesMax);
    }

    /// <inheritdoc cref="LeaderCore.ChunkConfirmed"/>
    public void ChunkConfirmed(int lane, LaneBatch batch, SnapshotPosition reached, bool isLast) =>
        Report(lane, isLast ? null : [], (core, now) => core.ChunkConfirmed(lane, batch, reached, isLast, now));

    // The core decides when a snapshot ends; its view is let go here.
    private SnapshotSource? TakeUnwantedSnapshot()
    {
        if (_snapshot is null || _snapshot.Lsn == _core.SnapshotLsn)
        {
            return null;
        }

        var unwanted = _snapshot;
        _snapshot = null;
        return unwanted;
    }
}

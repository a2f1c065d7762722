using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <content>A snapshot is taken in, part by part.</content>
internal sealed partial class FollowerReplica
{
    private Refusal? TakeIn(ChunkMessage message)
    {
        var chunk = message.Chunk;
        var (decision, refusal) = _core.ChunkSent(message.From, chunk.SnapshotLsn, chunk.AfterKey.Span);
        if (refusal is { } reason)
        {
            return Describe(reason, message.From);
        }

        HeardFromLeader(chunk.LeaderLsn);
        if (decision == ChunkDecision.Ignore)
        {
            return null;
        }

        if (SnapshotChunks.ReadRows(chunk) is not { } rows)
        {
            return Describe(FollowerRefusal.SnapshotDamaged, message.From);
        }

        var install = _core.Install;
        if (decision == ChunkDecision.Begin)
        {
            install = new SnapshotInstall(message.From.Epoch, chunk.SnapshotLsn, [], 0);
            _logger.SnapshotBegins(install.Lsn);
            _store.BeginSnapshot(install);
        }

        install = install! with { AfterKey = rows is [.., var last] ? last.Key : install.AfterKey, Rows = install.Rows + rows.Count };
        _store.AddToSnapshot(rows, install);
        Advanced(install);
        if (!chunk.IsLast)
        {
            return null;
        }

        if (install.Rows != chunk.RowsTotal)
        {
            _store.AbandonSnapshot();
            Advanced(null);
            return Describe(FollowerRefusal.SnapshotDamaged, message.From);
        }

        _store.FinishSnapshot();
        Volatile.Write(ref _hasReplacedState, true);
        _logger.SnapshotInstalled(install.Lsn, install.Rows);
        lock (_gate)
        {
            _core.SnapshotInstalled();
        }

        return null;
    }

    private void Advanced(SnapshotInstall? install)
    {
        lock (_gate)
        {
            _core.SnapshotAdvanced(install);
        }
    }
}

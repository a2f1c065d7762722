using System.Text;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Storage;

/// <content>Making a leader's store out of a follower's.</content>
internal sealed partial class ReplicaStore
{
    /// <summary>Opens the replica that <paramref name="engine"/> holds, whichever node it belongs to.</summary>
    /// <exception cref="StorageException">It holds none, or a newer version of the program wrote it.</exception>
    public static ReplicaStore OpenAnybodys(IStorageEngine engine) =>
        Open(engine, Meta(engine, MetaKeys.NodeId) ?? throw new StorageException("The database holds no replica of this program."));

    /// <summary>
    /// Makes this the store of a leader, with a store id of its own and the marks that a leader's log has, in one synced
    /// commit; takes effect when it is opened anew. The log has no gaps above where it was cut.
    /// </summary>
    /// <param name="nodeId">The leader's NODE_ID.</param>
    /// <param name="epoch">The highest epoch that is known of: the leader takes the next one.</param>
    /// <param name="epochs">Where the epochs of the lost leader's log began.</param>
    /// <param name="isCopy">Whether followers may have more than the data that it is made of; see <see cref="IsCopy"/>.</param>
    /// <param name="limits">How long the leader's log is kept.</param>
    public void BecomeLeaders(string nodeId, Epoch epoch, EpochHistory epochs, bool isCopy, LogLimits limits)
    {
        using var batch = _engine.CreateBatch();
        PutMeta(batch, MetaKeys.NodeId, nodeId);
        PutMeta(batch, MetaKeys.StoreId, Guid.NewGuid().ToString());
        PutMeta(batch, MetaKeys.Epoch, epoch.ToString());
        PutMeta(batch, MetaKeys.EpochHistory, epochs.ToString());
        if (isCopy)
        {
            PutMeta(batch, MetaKeys.Copy, "true");
        }

        PutLsn(batch, MetaKeys.Watermark, ReadHoldings().Max);
        batch.DeleteRange(StorageFamily.Meta, Encoding.UTF8.GetBytes(LogMarkName(0)), Encoding.UTF8.GetBytes(LogMarkName(long.MaxValue)));
        var retention = new LogRetention(limits, [], CutLsn);
        foreach (var entry in ReadLog(CutLsn + 1))
        {
            if (retention.Append(entry.Lsn, entry.Bytes.Length, entry.Entry.CommittedAtUnixMs) is { } mark)
            {
                PutLogMark(batch, mark);
            }
        }

        _engine.Commit(batch);
    }

    /// <summary>
    /// Leaves LSNs out, so that the next entry is <paramref name="lsn"/> + 1 and the log, which is cut as a whole before,
    /// begins there.
    /// </summary>
    public void SkipTo(long lsn)
    {
        using var batch = _engine.CreateBatch();
        PutLsn(batch, MetaKeys.Watermark, lsn);
        PutLsn(batch, MetaKeys.Cut, lsn);
        _engine.Commit(batch);
        Volatile.Write(ref _cutLsn, lsn);
    }
}

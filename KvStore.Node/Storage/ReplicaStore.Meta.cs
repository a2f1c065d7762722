using System.Globalization;
using System.Text;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Storage;

/// <content>Who the replica is and whom it follows.</content>
internal sealed partial class ReplicaStore
{
    /// <summary>
    /// Makes the cluster and the epoch durable, before anybody is told of them (FENCE); and gives up, in the same commit, the entries
    /// that the epoch's leader lacks (see <see cref="EpochHistory"/>).
    /// </summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="epochs">Where the epochs of the leader's log begin.</param>
    /// <param name="sharedUpTo">On a follower, the LSN above which its log is given up.</param>
    /// <returns>How many entries were given up.</returns>
    public int PersistEpoch(string clusterId, Epoch epoch, EpochHistory epochs, long sharedUpTo = long.MaxValue)
    {
        lock (_layout)
        {
            using var batch = _engine.CreateBatch();
            PutMeta(batch, MetaKeys.ClusterId, clusterId);
            PutMeta(batch, MetaKeys.Epoch, epoch.ToString());
            PutMeta(batch, MetaKeys.EpochHistory, epochs.ToString());
            batch.Delete(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.Copy)); // The history says it from here on.
            var givenUp = GiveUpAbove(batch, sharedUpTo);
            _engine.Commit(batch);
            (ClusterId, Epoch, Epochs) = (clusterId, epoch, epochs);
            return givenUp;
        }
    }

    /// <summary>Whether this is a backup or was made out of one, so that the node may have had more, and told others of it.</summary>
    public bool IsCopy => GetMeta(MetaKeys.Copy) is not null;

    /// <summary>On a follower, an LSN up to which the leader is known to have had everything on its disk.</summary>
    public long LeaderDurable => Math.Max(GetLsn(MetaKeys.LeaderDurable), CutLsn);

    /// <summary>Notes that the leader has everything up to <paramref name="lsn"/> on its disk. A crash may undo that.</summary>
    public void NoteLeaderDurable(long lsn)
    {
        using var batch = _engine.CreateBatch();
        PutLsn(batch, MetaKeys.LeaderDurable, lsn);
        _engine.CommitUnsynced(batch);
    }

    /// <summary>A lower bound of the commit LSN, as of the last commit.</summary>
    public long CommitLsnBound => GetLsn(MetaKeys.CommitLsn);

    /// <summary>A setting that was changed at run time, with the configured value that it replaced; null when there is none.</summary>
    public (string Value, string Configured)? GetSetting(string name) =>
        GetMeta(MetaKeys.SettingPrefix + name)?.Split('|') is [var value, var configured] ? (value, configured) : null;

    /// <summary>Keeps a setting that was changed at run time, with the configured value that it replaces.</summary>
    public void PersistSetting(string name, string value, string configured) =>
        PersistMeta(MetaKeys.SettingPrefix + name, $"{value}|{configured}");

    /// <summary>The store id that a follower last had; null when it was never greeted.</summary>
    public string? GetFollowerStore(string nodeId) => GetMeta(MetaKeys.FollowerStorePrefix + nodeId);

    /// <summary>Remembers a follower's store id, which tells a wiped follower from a new one.</summary>
    public void PersistFollowerStore(string nodeId, string storeId) => PersistMeta(MetaKeys.FollowerStorePrefix + nodeId, storeId);

    private void PersistMeta(string name, string value)
    {
        using var batch = _engine.CreateBatch();
        PutMeta(batch, name, value);
        _engine.Commit(batch);
    }

    // Every row whose name begins with the prefix, without it.
    private List<(string Name, string Value)> ReadMeta(string prefix)
    {
        var start = Encoding.UTF8.GetBytes(prefix);
        var rows = new List<(string Name, string Value)>();
        using var cursor = _engine.OpenCursor(StorageFamily.Meta);
        for (cursor.Seek(start); cursor.Valid && cursor.Key.StartsWith(start); cursor.Next())
        {
            rows.Add((Encoding.UTF8.GetString(cursor.Key[start.Length..]), Encoding.UTF8.GetString(cursor.Value)));
        }

        return rows;
    }

    // A row as it is in a view.
    private string? MetaIn(IStorageSnapshot snapshot, string name)
    {
        var key = Encoding.UTF8.GetBytes(name);
        using var cursor = _engine.OpenCursor(StorageFamily.Meta, snapshot);
        cursor.Seek(key);
        return cursor.Valid && cursor.Key.SequenceEqual(key) ? Encoding.UTF8.GetString(cursor.Value) : null;
    }

    private long GetLsn(string name) => GetMeta(name) is { } text ? ToLsn(text) : 0;

    private static long ToLsn(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static void PutLsn(IStorageBatch batch, string name, long lsn) =>
        PutMeta(batch, name, lsn.ToString(CultureInfo.InvariantCulture));
}

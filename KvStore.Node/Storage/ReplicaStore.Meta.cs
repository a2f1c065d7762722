using System.Globalization;
using System.Text;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Storage;

/// <content>Who the replica is and whom it follows.</content>
internal sealed partial class ReplicaStore
{
    /// <summary>Makes the cluster and the epoch durable, before anybody is told of them (FENCE).</summary>
    public void PersistEpoch(string clusterId, Epoch epoch)
    {
        using var batch = _engine.CreateBatch();
        PutMeta(batch, MetaKeys.ClusterId, clusterId);
        PutMeta(batch, MetaKeys.Epoch, epoch.ToString());
        _engine.Commit(batch);
        (ClusterId, Epoch) = (clusterId, epoch);
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

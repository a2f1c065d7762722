using System.Globalization;
using System.Text;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Storage;

/// <summary>
/// What a replica, leader or follower, keeps on disk: the log, the versions of every key, and who it is. All that a
/// commit changes goes into one atomic batch, so recovery is opening the database.
/// </summary>
/// <remarks>Entries are appended by one thread at a time; everything else may come from any thread, at any time.</remarks>
internal sealed partial class ReplicaStore : IDisposable
{
    /// <summary>The version of the layout that this build reads and writes.</summary>
    public const int FormatVersion = 4;

    // Format 1 knew neither cuts nor snapshots, format 2 no entries that the leader may lack, and format 3 no run ids of past epochs;
    // all are read as they are.
    private const int OldestFormatVersion = 1;
    private const int FirstFormatWithEarlyEntries = 3;

    private readonly IStorageEngine _engine;

    private ReplicaStore(IStorageEngine engine, string nodeId, string storeId)
    {
        (_engine, NodeId, StoreId) = (engine, nodeId, storeId);
        ClusterId = GetMeta(MetaKeys.ClusterId);
        Epoch = GetMeta(MetaKeys.Epoch) is { } epoch ? Replication.Core.Epoch.Parse(epoch) : null;
        Epochs = GetMeta(MetaKeys.EpochHistory) is { } history ? EpochHistory.Parse(history) : EpochHistory.Empty;
        IsStandalone = GetMeta(MetaKeys.Standalone) is not null;
        _active = ToFamily(GetMeta(MetaKeys.ActiveData));
        _cutLsn = GetLsn(MetaKeys.Cut);
        _engine.DropSuperseded(_cutLsn);
        Install = GetMeta(MetaKeys.Snapshot) is { } snapshot ? SnapshotInstall.Parse(snapshot) : null;
        ClearLeftovers();
    }

    /// <inheritdoc cref="IStorageEngine.Failure"/>
    public string? Failure => _engine.Failure;

    /// <summary>The NODE_ID that the store was made for.</summary>
    public string NodeId { get; }

    /// <summary>Made with the store; a wiped disk gets another one (IDENTITY).</summary>
    public string StoreId { get; }

    /// <summary>The cluster that the store belongs to; null on a follower that no leader ever greeted.</summary>
    public string? ClusterId { get; private set; }

    /// <summary>The highest epoch that the store has seen; null when it has seen none.</summary>
    public Epoch? Epoch { get; private set; }

    /// <summary>Where the epochs of the leader's log begin, up to <see cref="Epoch"/>.</summary>
    public EpochHistory Epochs { get; private set; }

    /// <summary>Whether the store took entries by hand, outside any cluster.</summary>
    public bool IsStandalone { get; private set; }

    /// <summary>Opens the replica that <paramref name="engine"/> holds, or makes a new one there.</summary>
    /// <exception cref="StorageException">It belongs to another node, or a newer version of the program wrote it.</exception>
    public static ReplicaStore Open(IStorageEngine engine, string nodeId)
    {
        var format = Meta(engine, MetaKeys.FormatVersion);
        if (format is null)
        {
            return Create(engine, nodeId);
        }

        if (!int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version is < OldestFormatVersion or > FormatVersion)
        {
            throw new StorageException(
                $"The store has format {format}; this build reads formats {OldestFormatVersion} to {FormatVersion}. Start the version of the program that wrote it.");
        }

        var owner = Meta(engine, MetaKeys.NodeId);
        if (owner != nodeId)
        {
            throw new StorageException(
                $"The store belongs to node '{owner}', and NODE_ID is '{nodeId}'. Set NODE_ID={owner}, or give this node a DATA_DIR of its own.");
        }

        var storeId = Meta(engine, MetaKeys.StoreId) ?? throw new StorageException("The store has no store id: the database is damaged.");
        var store = new ReplicaStore(engine, nodeId, storeId);
        if (version != FormatVersion)
        {
            store.TakeOver(version);
        }

        return store;
    }

    /// <inheritdoc />
    public void Dispose() => _engine.Dispose();

    private void TakeOver(int version)
    {
        using var batch = _engine.CreateBatch();
        PutMeta(batch, MetaKeys.FormatVersion, FormatVersion.ToString(CultureInfo.InvariantCulture));
        if (version < FirstFormatWithEarlyEntries)
        {
            // Leaders of those formats sent nothing that was not on their disk.
            PutLsn(batch, MetaKeys.LeaderDurable, ReadHoldings().Max);
        }

        _engine.Commit(batch);
    }

    private static ReplicaStore Create(IStorageEngine engine, string nodeId)
    {
        var storeId = Guid.NewGuid().ToString();
        using var batch = engine.CreateBatch();
        PutMeta(batch, MetaKeys.FormatVersion, FormatVersion.ToString(CultureInfo.InvariantCulture));
        PutMeta(batch, MetaKeys.NodeId, nodeId);
        PutMeta(batch, MetaKeys.StoreId, storeId);
        engine.Commit(batch);
        return new ReplicaStore(engine, nodeId, storeId);
    }

    private string? GetMeta(string name) => Meta(_engine, name);

    private static string? Meta(IStorageEngine engine, string name) =>
        engine.Get(StorageFamily.Meta, Encoding.UTF8.GetBytes(name)) is { } value ? Encoding.UTF8.GetString(value) : null;

    private static void PutMeta(IStorageBatch batch, string name, string value) =>
        batch.Put(StorageFamily.Meta, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
}

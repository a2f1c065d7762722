#if FAULT_POINTS
using KvStore.Node.Storage;

namespace KvStore.Node.Faults;

/// <summary>An engine whose synced commits fail as planned: before they reach the disk, or after, as a disk that reports an error though it wrote.</summary>
internal sealed class FaultyEngine(IStorageEngine engine, FaultPlan plan) : IStorageEngine
{
    private const string Asked = "a fault was asked for";

    private volatile bool _hasFailed;

    /// <inheritdoc />
    public string? Failure => _hasFailed ? Asked : engine.Failure;

    /// <inheritdoc />
    public void Commit(IStorageBatch batch)
    {
        ThrowIfFailed();
        if (plan.Strikes(FaultPlan.FsyncFailBefore))
        {
            Fail();
        }

        engine.Commit(batch);
        if (plan.Strikes(FaultPlan.FsyncFailAfter))
        {
            Fail();
        }
    }

    /// <inheritdoc />
    public void CommitUnsynced(IStorageBatch batch)
    {
        ThrowIfFailed();
        engine.CommitUnsynced(batch);
    }

    /// <inheritdoc />
    public byte[]? Get(StorageFamily family, ReadOnlySpan<byte> key) => engine.Get(family, key);

    /// <inheritdoc />
    public IStorageBatch CreateBatch() => engine.CreateBatch();

    /// <inheritdoc />
    public IStorageSnapshot CreateSnapshot() => engine.CreateSnapshot();

    /// <inheritdoc />
    public IStorageCursor OpenCursor(StorageFamily family, IStorageSnapshot? snapshot = null) => engine.OpenCursor(family, snapshot);

    /// <inheritdoc />
    public void DropSuperseded(long upTo) => engine.DropSuperseded(upTo);

    /// <inheritdoc />
    public void Compact(StorageFamily family) => engine.Compact(family);

    /// <inheritdoc />
    public IStorageEngine CreateCheckpoint(string directory) => engine.CreateCheckpoint(directory);

    /// <inheritdoc />
    public void Dispose() => engine.Dispose();

    private void Fail()
    {
        _hasFailed = true;
        throw new StorageException($"The database could not write: {Asked}.");
    }

    private void ThrowIfFailed()
    {
        if (_hasFailed)
        {
            throw new StorageException("The database failed earlier and must be reopened: restart the node.");
        }
    }
}
#endif

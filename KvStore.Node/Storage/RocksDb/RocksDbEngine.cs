namespace KvStore.Node.Storage.RocksDb;

/// <summary>The production engine: one RocksDB in one folder, every commit fsynced.</summary>
/// <remarks>Whoever disposes it has ended all reads and commits before.</remarks>
internal sealed unsafe class RocksDbEngine : IStorageEngine
{
    private const string Remedy =
        "a follower gets everything back from the leader; a leader needs a backup, or its followers' data (KvStore.Node recover-leader).";

    private readonly nint _db;
    private readonly nint[] _families;
    private readonly nint _syncedWrites;
    private readonly nint _unsyncedWrites;
    private readonly nint _newestReads;
    private readonly SupersededVersions _superseded;
    private volatile string? _failure;
    private bool _isClosed;

    private RocksDbEngine(nint db, nint[] families, SupersededVersions superseded)
    {
        (_db, _families, _superseded) = (db, families, superseded);
        _syncedWrites = RocksDbNative.WriteOptionsCreate();
        RocksDbNative.SetSync(_syncedWrites, 1);
        _unsyncedWrites = RocksDbNative.WriteOptionsCreate();
        _newestReads = RocksDbNative.ReadOptionsCreate();
    }

    /// <summary>Opens the database in <paramref name="directory"/>, making it when the folder is empty or absent.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="limits">What the database may take; null for the defaults.</param>
    /// <exception cref="StorageInUseException">The folder is open in another process.</exception>
    /// <exception cref="StorageException">The folder cannot be used, or its database is damaged.</exception>
    public static RocksDbEngine Open(string directory, RocksDbLimits? limits = null) => Open(directory, limits, isFresh: false);

    private static RocksDbEngine Open(string directory, RocksDbLimits? limits, bool isFresh)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The folder '{directory}' cannot be used: {e.Message}", e);
        }

        // In the order of StorageFamily. RocksDB insists on its default family; nothing is kept there.
        string[] names = ["log", "data", "data_b", "meta", "default"];
        var handles = new nint[names.Length];
        var superseded = new SupersededVersions();
        using var options = new RocksDbOptions(limits ?? new RocksDbLimits(), superseded);
        var db = RocksDbNative.OpenColumnFamilies(
            options.Native, directory, names.Length, names,
            [.. names.Select(name => name.StartsWith("data", StringComparison.Ordinal) ? options.NativeOfData : options.Native)], handles, out var error);
        if (RocksDbNative.TakeError(error) is { } message)
        {
            superseded.Dispose();
            throw isFresh
                ? new StorageException($"The copy in '{directory}' cannot be opened: {message}.")
                : message.Contains("/LOCK", StringComparison.Ordinal)
                    ? new StorageInUseException($"The database in '{directory}' is open in another process: stop that one first ({message}).")
                    : new StorageException(
                        $"The database in '{directory}' cannot be opened: {message}. If it is damaged, stop the node and move its folder away: {Remedy}");
        }

        return new RocksDbEngine(db, handles, superseded);
    }

    /// <inheritdoc />
    public string? Failure => _failure;

    /// <inheritdoc />
    public byte[]? Get(StorageFamily family, ReadOnlySpan<byte> key)
    {
        nint slice;
        nint error;
        fixed (byte* k = key)
        {
            slice = RocksDbNative.GetPinned(_db, _newestReads, _families[(int)family], k, (nuint)key.Length, out error);
        }

        ThrowOnReadError(error);
        if (slice == 0)
        {
            return null;
        }

        var value = RocksDbNative.PinnedValue(slice, out var length);
        var copy = new ReadOnlySpan<byte>(value, (int)length).ToArray();
        RocksDbNative.PinnedDestroy(slice);
        return copy;
    }

    /// <inheritdoc />
    public IStorageBatch CreateBatch() => new Batch(_families);

    /// <inheritdoc />
    public void Commit(IStorageBatch batch) => Write(batch, _syncedWrites);

    /// <inheritdoc />
    public void CommitUnsynced(IStorageBatch batch) => Write(batch, _unsyncedWrites);

    /// <inheritdoc />
    public IStorageSnapshot CreateSnapshot() => new View(_db, _superseded);

    /// <inheritdoc />
    public IStorageCursor OpenCursor(StorageFamily family, IStorageSnapshot? snapshot = null) =>
        new Cursor(
        _db, _families[(int)family], snapshot is View view ? view.Native : 0,
        isScan: snapshot is not null || family == StorageFamily.Log); // What is read once must not drive out what is read often.

    /// <inheritdoc />
    public void DropSuperseded(long upTo) => _superseded.DropUpTo(upTo);

    /// <inheritdoc />
    public void Compact(StorageFamily family) => RocksDbNative.CompactRange(_db, _families[(int)family], null, 0, null, 0);

    /// <inheritdoc />
    public IStorageEngine CreateCheckpoint(string directory)
    {
        var checkpoint = RocksDbNative.CheckpointObjectCreate(_db, out var error);
        ThrowOnError("could not make a checkpoint", error);
        try
        {
            RocksDbNative.CheckpointCreate(checkpoint, directory, walBytesWithoutFlush: 0, out error);
            ThrowOnError("could not make a checkpoint", error);
        }
        finally
        {
            RocksDbNative.CheckpointObjectDestroy(checkpoint);
        }

        return Open(directory, limits: null, isFresh: true);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        Array.ForEach(_families, RocksDbNative.ColumnFamilyDestroy);
        RocksDbNative.Close(_db);
        RocksDbNative.WriteOptionsDestroy(_syncedWrites);
        RocksDbNative.WriteOptionsDestroy(_unsyncedWrites);
        RocksDbNative.ReadOptionsDestroy(_newestReads);
        _superseded.Dispose();
    }

    private void Write(IStorageBatch batch, nint writeOptions)
    {
        if (_failure is { } earlier)
        {
            throw new StorageException($"The database failed earlier ({earlier}) and must be reopened: restart the node.");
        }

        RocksDbNative.Write(_db, writeOptions, ((Batch)batch).Native, out var error);
        if (RocksDbNative.TakeError(error) is { } message)
        {
            _failure = message;
            throw new StorageException($"The database could not write: {message}.");
        }
    }

    private static void ThrowOnReadError(nint error)
    {
        if (RocksDbNative.TakeError(error) is { } message)
        {
            throw new StorageException(message.StartsWith("Corruption", StringComparison.Ordinal)
                ? $"The database is damaged: {message}. Stop the node and move its folder away: {Remedy}"
                : $"The database could not be read: {message}.");
        }
    }

    private static void ThrowOnError(string what, nint error)
    {
        if (RocksDbNative.TakeError(error) is { } message)
        {
            throw new StorageException($"The database {what}: {message}.");
        }
    }

    private sealed class Batch(nint[] families) : IStorageBatch
    {
        public nint Native { get; private set; } = RocksDbNative.BatchCreate();

        public void Put(StorageFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            fixed (byte* k = key, v = value)
            {
                RocksDbNative.BatchPut(Native, families[(int)family], k, (nuint)key.Length, v, (nuint)value.Length);
            }
        }

        public void Delete(StorageFamily family, ReadOnlySpan<byte> key)
        {
            fixed (byte* k = key)
            {
                RocksDbNative.BatchDelete(Native, families[(int)family], k, (nuint)key.Length);
            }
        }

        public void DeleteRange(StorageFamily family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> end)
        {
            fixed (byte* f = from, e = end)
            {
                RocksDbNative.BatchDeleteRange(Native, families[(int)family], f, (nuint)from.Length, e, (nuint)end.Length);
            }
        }

        public void Dispose()
        {
            if (Native != 0)
            {
                RocksDbNative.BatchDestroy(Native);
                Native = 0;
            }
        }
    }

    private sealed class View : IStorageSnapshot
    {
        private readonly nint _db;
        private readonly SupersededVersions _superseded;
        private readonly long _begun;

        public View(nint db, SupersededVersions superseded)
        {
            (_db, _superseded, _begun) = (db, superseded, superseded.BeginView());
            Native = RocksDbNative.SnapshotCreate(db);
        }

        public nint Native { get; private set; }

        public void Dispose()
        {
            if (Native != 0)
            {
                RocksDbNative.SnapshotRelease(_db, Native);
                Native = 0;
                _superseded.EndView(_begun);
            }
        }
    }

    private sealed class Cursor : IStorageCursor
    {
        private readonly nint _options = RocksDbNative.ReadOptionsCreate();
        private nint _iterator;

        public Cursor(nint db, nint family, nint snapshot, bool isScan)
        {
            if (snapshot != 0)
            {
                RocksDbNative.SetSnapshot(_options, snapshot);
            }

            if (isScan)
            {
                RocksDbNative.SetFillCache(_options, 0);
            }

            _iterator = RocksDbNative.IteratorCreate(db, _options, family);
        }

        public bool Valid
        {
            get
            {
                if (RocksDbNative.IteratorValid(_iterator) != 0)
                {
                    return true;
                }

                // An iterator that hit an I/O error looks like one at the end; a read must not take one for the other.
                RocksDbNative.IteratorError(_iterator, out var error);
                ThrowOnReadError(error);
                return false;
            }
        }

        public ReadOnlySpan<byte> Key
        {
            get
            {
                var key = RocksDbNative.IteratorKey(_iterator, out var length);
                return new ReadOnlySpan<byte>(key, (int)length);
            }
        }

        public ReadOnlySpan<byte> Value
        {
            get
            {
                var value = RocksDbNative.IteratorValue(_iterator, out var length);
                return new ReadOnlySpan<byte>(value, (int)length);
            }
        }

        public void Seek(ReadOnlySpan<byte> key)
        {
            fixed (byte* k = key)
            {
                RocksDbNative.IteratorSeek(_iterator, k, (nuint)key.Length);
            }
        }

        public void Next() => RocksDbNative.IteratorNext(_iterator);

        public void Dispose()
        {
            if (_iterator != 0)
            {
                RocksDbNative.IteratorDestroy(_iterator);
                RocksDbNative.ReadOptionsDestroy(_options);
                _iterator = 0;
            }
        }
    }
}

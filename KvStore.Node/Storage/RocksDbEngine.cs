using RocksDbSharp;

namespace KvStore.Node.Storage;

/// <summary>The production engine: one RocksDB in one folder, every commit fsynced.</summary>
internal sealed class RocksDbEngine : IStorageEngine
{
    // The WAL is kept while any family has unflushed data in it, and `meta` hardly ever fills a write buffer.
    private const ulong WalBytesMax = 128UL << 20;
    private const ulong WriteBufferBytes = 16UL << 20;
    private const ulong BlockCacheBytes = 32UL << 20;

    private readonly RocksDb _db;
    private readonly ColumnFamilyHandle[] _families;
    private readonly WriteOptions _synced = new WriteOptions().SetSync(true);
    private volatile Exception? _failure;

    private RocksDbEngine(RocksDb db)
    {
        _db = db;
        _families = [.. Enum.GetValues<StorageFamily>().Select(family => db.GetColumnFamily(NameOf(family)))];
    }

    /// <summary>Opens the database in <paramref name="directory"/>, making it when the folder is empty or absent.</summary>
    /// <exception cref="StorageException">The folder cannot be used, is open in another process, or is corrupt.</exception>
    public static RocksDbEngine Open(string directory)
    {
        var options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCreateMissingColumnFamilies(true)
            .SetMaxTotalWalSize(WalBytesMax)
            // A torn last record was never confirmed; a damaged record before it was, so it must not be skipped.
            .SetWalRecoveryMode(Recovery.TolerateCorruptedTailRecords)
            .SetParanoidChecks(true)
            .SetStatsDumpPeriodSec(0)
            .SetInfoLogLevel(InfoLogLevel.Warn)
            .SetKeepLogFileNum(2);
        var table = new BlockBasedTableOptions()
            .SetBlockCache(Cache.CreateLru(BlockCacheBytes))
            .SetFilterPolicy(BloomFilterPolicy.Create(10, false));
        var families = new ColumnFamilies();
        foreach (var family in Enum.GetValues<StorageFamily>())
        {
            families.Add(NameOf(family), new ColumnFamilyOptions()
                .SetWriteBufferSize(WriteBufferBytes)
                .SetCompression(Compression.Lz4)
                .SetBlockBasedTableFactory(table));
        }

        try
        {
            Directory.CreateDirectory(directory);
            return new RocksDbEngine(RocksDb.Open(options, directory, families));
        }
        catch (Exception e) when (e is RocksDbException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The database in '{directory}' cannot be opened: {e.Message} If another process has it open, stop that one. "
                + "If it is damaged, move the folder away: a follower gets everything back from the leader; a leader needs a backup "
                + "or a follower's data.", e);
        }
    }

    /// <inheritdoc />
    public byte[]? Get(StorageFamily family, ReadOnlySpan<byte> key) => _db.Get(key, _families[(int)family]);

    /// <inheritdoc />
    public IStorageBatch CreateBatch() => new Batch(_families);

    /// <inheritdoc />
    public void Commit(IStorageBatch batch)
    {
        // After a failed fsync nobody knows what is on disk, so nothing more may be confirmed from this instance.
        if (_failure is { } earlier)
        {
            throw new StorageException("The database failed earlier and must be reopened: restart the node.", earlier);
        }

        try
        {
            _db.Write(((Batch)batch).Native, _synced);
        }
        catch (RocksDbException e)
        {
            _failure = e;
            throw new StorageException($"The database could not write: {e.Message}", e);
        }
    }

    /// <inheritdoc />
    public IStorageSnapshot CreateSnapshot() => new View(_db.CreateSnapshot());

    /// <inheritdoc />
    public IStorageCursor OpenCursor(StorageFamily family, IStorageSnapshot? snapshot = null)
    {
        var options = snapshot is View view ? new ReadOptions().SetSnapshot(view.Native) : null;
        return new Cursor(_db.NewIterator(_families[(int)family], options), options);
    }

    /// <inheritdoc />
    public void Dispose() => _db.Dispose();

    private static string NameOf(StorageFamily family) => family switch
    {
        StorageFamily.Log => "log",
        StorageFamily.Data => "data",
        StorageFamily.Meta => "meta",
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    private sealed class Batch(ColumnFamilyHandle[] families) : IStorageBatch
    {
        public WriteBatch Native { get; } = new();

        public void Put(StorageFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
            Native.Put(key, value, families[(int)family]);

        public void Delete(StorageFamily family, ReadOnlySpan<byte> key) => Native.Delete(key, families[(int)family]);

        public void Dispose() => Native.Dispose();
    }

    private sealed class View(Snapshot native) : IStorageSnapshot
    {
        public Snapshot Native { get; } = native;

        public void Dispose() => Native.Dispose();
    }

    // The read options are held so that they live as long as the iterator that points at them.
    private sealed class Cursor(Iterator iterator, ReadOptions? options) : IStorageCursor
    {
        public bool Valid => iterator.Valid() || EndReached();

        public ReadOnlySpan<byte> Key => iterator.GetKeySpan();

        public ReadOnlySpan<byte> Value => iterator.GetValueSpan();

        public void Seek(ReadOnlySpan<byte> key) => iterator.Seek(key);

        public void SeekToLast() => iterator.SeekToLast();

        public void Next() => iterator.Next();

        public void Dispose()
        {
            iterator.Dispose();
            GC.KeepAlive(options);
        }

        // An iterator that hit an I/O error looks like one at the end; a read must not take one for the other.
        private bool EndReached()
        {
            try
            {
                Native.Instance.rocksdb_iter_get_error(iterator.Handle);
                return false;
            }
            catch (RocksDbException e)
            {
                throw new StorageException($"The database could not be read: {e.Message}", e);
            }
        }
    }
}

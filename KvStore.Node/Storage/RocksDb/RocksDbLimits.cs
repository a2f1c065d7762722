namespace KvStore.Node.Storage.RocksDb;

/// <summary>What a database takes of memory and disk for itself (BOUNDED).</summary>
internal sealed record RocksDbLimits
{
    /// <summary>
    /// <c>ROCKSDB_WAL_BYTES</c>: the write-ahead log, beyond which the oldest write buffers are flushed. It is kept while any
    /// family has unflushed data in it, and <c>meta</c> hardly ever fills a write buffer. Lower: more and smaller files.
    /// </summary>
    public long WalBytesMax { get; init; } = 128L << 20;

    /// <summary>
    /// <c>ROCKSDB_WRITE_BUFFER_BYTES</c>: one write buffer; each of the families has at most two. Larger: fewer files, but entries
    /// land far apart in memory, and each costs more.
    /// </summary>
    public long WriteBufferBytes { get; init; } = 8 << 20;

    /// <summary><c>ROCKSDB_BLOCK_CACHE_BYTES</c>: blocks of the tables in memory, for all families together.</summary>
    public long BlockCacheBytes { get; init; } = 32 << 20;
}

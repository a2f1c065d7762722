namespace KvStore.Node.Storage.RocksDb;

/// <summary>How a node's database is opened: the options of the database and of every family, which share one block cache.</summary>
internal sealed class RocksDbOptions : IDisposable
{
    private const double BloomBitsPerKey = 10;

    // Values of c.h: kTolerateCorruptedTailRecords, WARN_LEVEL, rocksdb_lz4_compression.
    private const int TolerateCorruptedTail = 0;
    private const int WarnLevel = 2;
    private const int Lz4 = 4;

    /// <summary>Makes the options; the database keeps what it needs of them.</summary>
    /// <param name="limits">What the database may take.</param>
    /// <param name="superseded">Which versions its compactions drop.</param>
    public RocksDbOptions(RocksDbLimits limits, SupersededVersions superseded)
    {
        Native = RocksDbNative.OptionsCreate();
        RocksDbNative.SetCreateIfMissing(Native, 1);
        RocksDbNative.SetCreateMissingColumnFamilies(Native, 1);
        RocksDbNative.SetMaxTotalWalSize(Native, (ulong)limits.WalBytesMax);

        // A torn last record was never confirmed; a damaged record before it was, so it must not be skipped.
        RocksDbNative.SetWalRecoveryMode(Native, TolerateCorruptedTail);
        RocksDbNative.SetParanoidChecks(Native, 1);
        RocksDbNative.SetStatsDumpPeriodSec(Native, 0);
        RocksDbNative.SetInfoLogLevel(Native, WarnLevel);
        RocksDbNative.SetKeepLogFileNum(Native, 2);
        RocksDbNative.SetWriteBufferSize(Native, (nuint)limits.WriteBufferBytes);
        RocksDbNative.SetCompression(Native, Lz4);

        var table = RocksDbNative.TableOptionsCreate();
        var cache = RocksDbNative.LruCacheCreate((nuint)limits.BlockCacheBytes);
        RocksDbNative.SetBlockCache(table, cache);
        RocksDbNative.SetFilterPolicy(table, RocksDbNative.BloomFilterCreate(BloomBitsPerKey));
        RocksDbNative.SetBlockBasedTableFactory(Native, table);
        RocksDbNative.TableOptionsDestroy(table);
        RocksDbNative.CacheDestroy(cache);

        NativeOfData = RocksDbNative.OptionsCopy(Native);
        RocksDbNative.SetCompactionFilterFactory(NativeOfData, superseded.CreateFilterFactory());
    }

    /// <summary>The options of the database and of a family, as the C interface knows them.</summary>
    public nint Native { get; }

    /// <summary>Those of a family that holds versions of keys.</summary>
    public nint NativeOfData { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        RocksDbNative.OptionsDestroy(NativeOfData);
        RocksDbNative.OptionsDestroy(Native);
    }
}

using System.Runtime.InteropServices;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Storage;

/// <summary>Takes from a database what format 1 did not have.</summary>
internal static class FormatOne
{
    /// <summary>Drops the second data family.</summary>
    public static void DropSecondData(string directory)
    {
        string[] names = ["log", "data", "data_b", "meta", "default"];
        var handles = new nint[names.Length];
        using var superseded = new SupersededVersions();
        using var options = new RocksDbOptions(new RocksDbLimits(), superseded);
        var db = RocksDbNative.OpenColumnFamilies(
            options.Native, directory, names.Length, names, [.. names.Select(_ => options.Native)], handles, out var error);
        Assert.Null(RocksDbNative.TakeError(error));

        DropColumnFamily(db, handles[2], out error);
        Assert.Null(RocksDbNative.TakeError(error));

        Array.ForEach(handles, RocksDbNative.ColumnFamilyDestroy);
        RocksDbNative.Close(db);
    }

    [DllImport("rocksdb", EntryPoint = "rocksdb_drop_column_family")]
    private static extern void DropColumnFamily(nint db, nint family, out nint error);
}

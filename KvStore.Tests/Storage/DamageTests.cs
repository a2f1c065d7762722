using System.Text;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;
using static KvStore.Tests.Storage.FollowerFolders;

namespace KvStore.Tests.Storage;

/// <summary>A database that is damaged does not open, or does not read; it never shows what was not written, and leaves out nothing silently.</summary>
public sealed class DamageTests : IDisposable
{
    private const string Id = "follower1";

    private readonly FollowerFolders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData("CURRENT", "")]
    [InlineData("CURRENT", "MANIFEST-999999\n")]
    [InlineData("CURRENT", "rubbish")]
    public void A_damaged_CURRENT_is_refused_with_what_to_do(string file, string content)
    {
        _folders.Make(Id, Lsns(1, 50));

        File.WriteAllText(Path.Combine(_folders[Id], file), content);

        IsRefused();
    }

    [Fact]
    public void A_damaged_MANIFEST_is_refused_with_what_to_do()
    {
        _folders.Make(Id, Lsns(1, 50));

        Damage(Directory.GetFiles(_folders[Id], "MANIFEST-*").Single(), 0.5);

        IsRefused();
    }

    [Fact]
    public void A_lost_MANIFEST_is_refused_with_what_to_do()
    {
        _folders.Make(Id, Lsns(1, 50));

        File.Delete(Directory.GetFiles(_folders[Id], "MANIFEST-*").Single());

        IsRefused();
    }

    [Fact]
    public void A_write_ahead_log_that_is_damaged_in_the_middle_is_refused_with_what_to_do()
    {
        _folders.Make(Id, [], also: store =>
        {
            foreach (var lsn in Lsns(1, 50))
            {
                store.Append([Entry(lsn)], lsn - 1);
            }
        });

        Damage(Wal(), 0.5);

        IsRefused();
    }

    [Fact]
    public void A_torn_last_record_is_dropped_and_everything_before_it_is_there()
    {
        _folders.Make(Id, [], also: store =>
        {
            foreach (var lsn in Lsns(1, 50))
            {
                store.Append([Entry(lsn)], lsn - 1);
            }
        });

        using (var wal = File.OpenWrite(Wal()))
        {
            wal.SetLength(wal.Length - 5);
        }

        using var store = _folders.Open(Id);
        Assert.Equal(49, store.ReadHoldings().Max);
        Assert.Equal(StateOf(Lsns(1, 49)), StateOf(store));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void A_damaged_table_is_refused_or_answers_errors_and_never_wrong_data(double where)
    {
        MakeTables();
        foreach (var table in Directory.GetFiles(_folders[Id], "*.sst"))
        {
            Damage(table, where);
        }

        try
        {
            using var store = _folders.Open(Id);
            AllOrError(() => StateOf(store), StateOf(Lsns(1, 2000)));
            AllOrError(() => [.. store.ReadLog(1).Select(entry => Convert.ToHexString(entry.Bytes.Span))], Lsns(1, 2000).Select(lsn => Convert.ToHexString(Entry(lsn).Bytes.Span)));
            AllOrError(() => [$"{Encoding.UTF8.GetString(store.Read("k3"u8)!.Value.Value)}"], ["v1999"]);
        }
        catch (StorageException)
        {
            // Refused at the start.
        }
    }

    [Fact]
    public void A_lost_table_is_refused_with_what_to_do()
    {
        MakeTables();

        File.Delete(Directory.GetFiles(_folders[Id], "*.sst")[0]);

        IsRefused();
    }

    // Small write buffers, so that the entries are in tables and not in the write-ahead log.
    private void MakeTables()
    {
        using var store = ReplicaStore.Open(RocksDbEngine.Open(_folders[Id], new RocksDbLimits { WriteBufferBytes = 64 << 10, WalBytesMax = 1 << 20 }), Id);
        foreach (var lsn in Lsns(1, 2000))
        {
            store.Append([Entry(lsn)], lsn - 1);
        }

        store.BackUp(Path.Combine(_folders[Id], "backup")); // It flushes what is in memory.
        Assert.NotEmpty(Directory.GetFiles(_folders[Id], "*.sst"));
    }

    private string Wal() => Directory.GetFiles(_folders[Id], "*.log").OrderBy(file => new FileInfo(file).Length).Last();

    private void IsRefused()
    {
        var refusal = Assert.Throws<StorageException>(() => _folders.Open(Id));

        Assert.Contains(_folders[Id], refusal.Message, StringComparison.Ordinal);
        Assert.Contains("move its folder away", refusal.Message, StringComparison.Ordinal);
    }

    private static void AllOrError(Func<List<string>> read, IEnumerable<string> expected)
    {
        try
        {
            Assert.Equal(expected, read());
        }
        catch (StorageException)
        {
            // Said, and not passed over.
        }
    }

    private static void Damage(string path, double where)
    {
        var bytes = File.ReadAllBytes(path);
        var at = (int)(bytes.Length * where);
        for (var i = at; i < Math.Min(at + 16, bytes.Length); i++)
        {
            bytes[i] ^= 0x5A;
        }

        File.WriteAllBytes(path, bytes);
    }
}

using System.Text;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Storage;

public sealed class ReplicaStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_appended_is_there_after_reopening()
    {
        using (var store = Open())
        {
            store.Append([TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2")], watermarkBound: 0, commitLsnBound: 0);
            store.Append([TestEntry.Put(3, "a", "3"), TestEntry.Delete(4, "b")], watermarkBound: 2, commitLsnBound: 1);
        }

        using var reopened = Open();
        Assert.Equal([new LsnRange(1, 4)], reopened.ReadHoldings().Ranges);
        Assert.Equal(("3", 3), reopened.Read("a"));
        Assert.Null(reopened.Read("b"));
        Assert.Equal(1, reopened.CommitLsnBound);
        Assert.Equal([1, 2, 3, 4], reopened.ReadLog(1).Select(entry => entry.Lsn));
    }

    [Fact]
    public void The_newest_version_wins_in_whatever_order_entries_arrive()
    {
        EncodedEntry[] entries = [TestEntry.Put(1, "k", "first"), TestEntry.Put(2, "k", "second"), TestEntry.Delete(3, "k"), TestEntry.Put(4, "k", "fourth")];
        using var store = Open();

        foreach (var at in new[] { 3, 0, 2, 1 })
        {
            store.Append([entries[at]], watermarkBound: 0);
            Assert.Equal(("fourth", 4), store.Read("k"));
        }
    }

    [Fact]
    public void Holes_in_the_log_are_found_again_after_reopening()
    {
        using (var store = Open())
        {
            store.Append([TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2")], watermarkBound: 0);
            store.Append([TestEntry.Put(5, "c", "5"), TestEntry.Put(7, "d", "7"), TestEntry.Put(8, "e", "8")], watermarkBound: 2);
        }

        using var reopened = Open();
        Assert.Equal([new LsnRange(1, 2), new LsnRange(5, 5), new LsnRange(7, 8)], reopened.ReadHoldings().Ranges);
        Assert.Null(reopened.ReadEntry(6));
    }

    [Fact]
    public void A_view_is_not_moved_by_later_writes()
    {
        using var store = Open();
        store.Append([TestEntry.Put(1, "a", "1")], watermarkBound: 0);
        using var view = store.OpenView();

        store.Append([TestEntry.Put(2, "a", "2"), TestEntry.Put(3, "b", "3")], watermarkBound: 1);

        Assert.Equal(["a=1@1"], view.LiveKeys().Select(TestEntry.Describe));
        using var later = store.OpenView();
        Assert.Equal(["a=2@2", "b=3@3"], later.LiveKeys().Select(TestEntry.Describe));
    }

    [Fact]
    public void It_agrees_with_a_sorted_map_on_random_writes_of_nasty_keys_across_reopenings()
    {
        const int Seed = 20_26;
        var random = new Random(Seed);
        var keys = Enumerable.Range(0, 40).Select(_ => NastyKeys.Next(random)).ToList();
        var map = new SortedDictionary<byte[], (byte[] Value, long Lsn)>(ByteOrder.Instance);
        var lsn = 0L;
        for (var opening = 0; opening < 4; opening++)
        {
            using var store = Open();
            for (var batch = 0; batch < 25; batch++)
            {
                var entries = new List<EncodedEntry>();
                for (var i = random.Next(1, 60); i > 0; i--)
                {
                    var key = random.Next(3) == 0 ? keys[0] : keys[random.Next(keys.Count)];
                    if (random.Next(4) == 0)
                    {
                        entries.Add(TestEntry.Make(++lsn, EntryKind.Delete, key, []));
                        map.Remove(key);
                    }
                    else
                    {
                        var value = NastyKeys.Next(random);
                        entries.Add(TestEntry.Make(++lsn, EntryKind.Put, key, value));
                        map[key] = (value, lsn);
                    }
                }

                store.Append([.. entries.OrderBy(_ => random.Next())], watermarkBound: 0);
            }

            using var view = store.OpenView();
            var live = view.LiveKeys().ToList();
            Assert.True(
                map.Select(pair => $"{Convert.ToHexString(pair.Key)}={Convert.ToHexString(pair.Value.Value)}@{pair.Value.Lsn}")
                    .SequenceEqual(live.Select(l => $"{Convert.ToHexString(l.Key)}={Convert.ToHexString(l.Value)}@{l.Lsn}")),
                $"seed {Seed}, opening {opening}");
            foreach (var key in keys)
            {
                Assert.Equal(map.TryGetValue(key, out var expected) ? expected.Lsn : null, store.Read(key)?.Lsn);
            }
        }
    }

    [Fact]
    public void With_a_new_epoch_the_entries_that_its_leader_lacks_are_given_up_and_all_that_they_wrote()
    {
        var epochs = EpochHistory.Empty.Begin(new Epoch(1, 3), 0).Begin(new Epoch(2, 7), 4);
        using (var store = Open())
        {
            store.Append([TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"), TestEntry.Put(3, "c", "3"), TestEntry.Delete(4, "c")], watermarkBound: 0);
            store.Append(
                [TestEntry.Put(5, "a", "5", "name-5"), TestEntry.Delete(6, "b"), TestEntry.Put(8, "d", "8")], watermarkBound: 4, leaderDurable: 4);
            store.Append([TestEntry.Put(7, "c", "7")], watermarkBound: 6);
            Assert.Equal(["a=5@5", "c=7@7", "d=8@8"], store.State());

            Assert.Equal(4, store.PersistEpoch("cluster-a", new Epoch(2, 7), epochs, sharedUpTo: 4));
            Check(store);
        }

        using var reopened = Open();
        Check(reopened);
        reopened.Append([TestEntry.Put(5, "b", "other")], watermarkBound: 4);
        Assert.Equal(["a=1@1", "b=other@5"], reopened.State());

        void Check(ReplicaStore store)
        {
            Assert.Equal(["a=1@1", "b=2@2"], store.State());
            Assert.Equal([new LsnRange(1, 4)], store.ReadHoldings().Ranges);
            Assert.Equal([1, 2, 3, 4], store.ReadLog(1).Select(entry => entry.Lsn));
            Assert.Null(store.FindIdempotent("name-5"));
            Assert.Equal((new Epoch(2, 7), $"{epochs}", 4), (store.Epoch, $"{store.Epochs}", store.LeaderDurable));
        }
    }

    [Fact]
    public void A_backup_is_known_as_a_copy_until_it_has_taken_an_epoch()
    {
        var backup = Path.Combine(_folder.Path, "backup");
        using (var store = Open("original"))
        {
            store.Append([TestEntry.Put(1, "a", "1")], watermarkBound: 0);
            Assert.Equal(1, store.BackUp(backup));
            Assert.False(store.IsCopy);
        }

        using var copy = Open("backup");
        Assert.True(copy.IsCopy);
        Assert.Equal(["a=1@1"], copy.State());
        copy.PersistEpoch("cluster-a", new Epoch(2, 7), EpochHistory.Empty.Begin(new Epoch(2, 7), 1, isOnCopy: true));
        Assert.False(copy.IsCopy);
        Assert.Equal([backup, Path.Combine(_folder.Path, "original")], Directory.GetDirectories(_folder.Path).Order());
    }

    [Fact]
    public void Identity_and_epoch_survive_and_a_new_folder_is_a_new_store()
    {
        string storeId;
        using (var store = Open())
        {
            storeId = store.StoreId;
            store.PersistEpoch("cluster-a", new Epoch(7, 0xfedcba9876543210), EpochHistory.Empty);
            store.PersistFollowerStore("follower1", "store-x");
            store.PersistSetting("write_quorum", "2", "3");
        }

        using (var reopened = Open())
        {
            Assert.Equal((storeId, "cluster-a", new Epoch(7, 0xfedcba9876543210)), (reopened.StoreId, reopened.ClusterId, reopened.Epoch));
            Assert.Equal("store-x", reopened.GetFollowerStore("follower1"));
            Assert.Equal(("2", "3"), reopened.GetSetting("write_quorum"));
            Assert.Null(reopened.GetFollowerStore("follower2"));
        }

        using var other = new TemporaryFolder();
        using var fresh = ReplicaStore.Open(RocksDbEngine.Open(other.Path), "node");
        Assert.NotEqual(storeId, fresh.StoreId);
    }

    [Fact]
    public void Another_nodes_store_is_refused_with_both_names()
    {
        Open().Dispose();

        using var engine = RocksDbEngine.Open(Path.Combine(_folder.Path, "data"));
        var refusal = Assert.Throws<StorageException>(() => ReplicaStore.Open(engine, "follower2"));

        Assert.Contains("'node'", refusal.Message);
        Assert.Contains("'follower2'", refusal.Message);
    }

    [Fact]
    public void A_store_of_a_newer_format_is_refused()
    {
        Open().Dispose();
        using (var engine = RocksDbEngine.Open(Path.Combine(_folder.Path, "data")))
        {
            using var batch = engine.CreateBatch();
            batch.Put(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.FormatVersion), "5"u8);
            engine.Commit(batch);
        }

        using var newer = RocksDbEngine.Open(Path.Combine(_folder.Path, "data"));
        Assert.Contains("format 5", Assert.Throws<StorageException>(() => ReplicaStore.Open(newer, "node")).Message);
    }

    // Its leader may be started on a backup of that format, which carries no mark.
    [Theory]
    [InlineData("2", 3)]
    [InlineData("3", 1)]
    public void What_a_store_of_an_older_format_holds_was_on_its_leaders_disk(string format, long leaderDurable)
    {
        using (var store = Open())
        {
            store.Append([TestEntry.Put(1, "a", "1"), TestEntry.Put(3, "b", "2")], watermarkBound: 0, leaderDurable: 1);
        }

        using (var engine = RocksDbEngine.Open(Path.Combine(_folder.Path, "data")))
        {
            using var batch = engine.CreateBatch();
            batch.Put(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.FormatVersion), Encoding.UTF8.GetBytes(format));
            engine.Commit(batch);
        }

        using var reopened = Open();
        Assert.Equal(leaderDurable, reopened.LeaderDurable);
    }

    [Fact]
    public void A_folder_that_another_process_has_open_is_refused_with_what_to_do()
    {
        using var store = Open();

        var refusal = Assert.Throws<StorageInUseException>(() => Open());

        Assert.Contains(_folder.Path, refusal.Message);
        Assert.Contains("another process", refusal.Message);
    }

    private ReplicaStore Open(string folder = "data") => ReplicaStore.Open(RocksDbEngine.Open(Path.Combine(_folder.Path, folder)), "node");
}

using System.Text;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Storage;

/// <summary>The state at an LSN, handed out by one replica and taken in by another.</summary>
public sealed class SnapshotTests : IDisposable
{
    private static readonly Epoch Epoch = new(3, 7);

    private readonly TemporaryFolder _folder = new();
    private RocksDbEngine _engine;
    private ReplicaStore _store;

    public SnapshotTests() => (_engine, _store) = Open(_folder.Path);

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_old_state_is_served_until_the_snapshot_is_in_place_and_then_the_new_one_alone()
    {
        Append(TestEntry.Put(1, "gone", "1"), TestEntry.Put(2, "old", "2"));
        using var before = _store.OpenView();

        var install = Begin(10);
        install = Add(install, Row("new", "8", 8));
        Add(install, Row("old", "9", 9));
        Assert.Equal(["gone=1@1", "old=2@2"], _store.State());

        _store.FinishSnapshot();

        Assert.Equal(["new=8@8", "old=9@9"], _store.State());
        Assert.Null(_store.Read("gone"));
        Assert.Equal(("9", 9), _store.Read("old"));
        Assert.Equal(["gone=1@1", "old=2@2"], before.State());
        Assert.Null(_store.Install);
    }

    [Fact]
    public void The_log_begins_above_the_snapshot_and_everything_up_to_it_is_held()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(4, "b", "4"), TestEntry.Put(12, "c", "12"));

        Add(Begin(10), Row("a", "9", 9));
        _store.FinishSnapshot();

        Assert.Equal([new LsnRange(1, 10), new LsnRange(12, 12)], _store.ReadHoldings().Ranges);
        Assert.Equal([12], _store.ReadLog(1).Select(entry => entry.Lsn));
        Assert.Equal((10, null), (_store.CutLsn, _store.ReadEntry(4)));
        Reopen();
        Assert.Equal([new LsnRange(1, 10), new LsnRange(12, 12)], _store.ReadHoldings().Ranges);
        Assert.Equal((10, null), (_store.CutLsn, _store.Install));
        Assert.Equal(["a=9@9", "c=12@12"], _store.State());
        Assert.Equal(10, _store.ComputeDigest(1, long.MaxValue, CancellationToken.None).Watermark);
    }

    [Fact]
    public void Entries_above_it_are_there_whether_they_came_before_or_while_it_was_taken_in()
    {
        Append(TestEntry.Put(11, "before", "11"), TestEntry.Put(12, "overwritten before", "12"), TestEntry.Delete(13, "deleted before"));

        var install = Begin(10);
        Append(TestEntry.Put(14, "meanwhile", "14"));
        install = Add(install, Row("deleted before", "1", 1), Row("deleted meanwhile", "2", 2));
        Append(TestEntry.Delete(15, "deleted meanwhile"), TestEntry.Put(16, "overwritten meanwhile", "16"));
        Add(install, Row("overwritten before", "3", 3), Row("overwritten meanwhile", "4", 4));
        _store.FinishSnapshot();
        Append(TestEntry.Put(17, "after", "17"));

        Assert.Equal(
            ["after=17@17", "before=11@11", "meanwhile=14@14", "overwritten before=12@12", "overwritten meanwhile=16@16"], _store.State());
        Reopen();
        Assert.Equal(5, _store.State().Count);
        Assert.Equal([new LsnRange(1, 17)], _store.ReadHoldings().Ranges);
    }

    [Fact]
    public void Entries_below_it_that_come_late_leave_no_trace_in_it()
    {
        var install = Begin(10);
        Append(TestEntry.Put(5, "late", "5"));
        Assert.Equal(("5", 5), _store.Read("late"));
        Add(install, Row("a", "9", 9));

        _store.FinishSnapshot();

        Assert.Equal(["a=9@9"], _store.State());
        Assert.Empty(_store.ReadLog(1));
    }

    [Fact]
    public void After_reopening_in_the_middle_it_goes_on_where_it_was()
    {
        Append(TestEntry.Put(1, "old", "1"), TestEntry.Put(11, "above", "11"));
        Add(Begin(10), Row("a\0b", "8", 8));
        Append(TestEntry.Put(12, "meanwhile", "12"));

        Reopen();

        Assert.Equal((Epoch, 10, 1), (_store.Install!.Epoch, _store.Install.Lsn, _store.Install.Rows));
        Assert.Equal("a\0b"u8, _store.Install.AfterKey);
        Assert.Equal(["above=11@11", "meanwhile=12@12", "old=1@1"], _store.State());
        Append(TestEntry.Put(13, "after", "13"));
        Add(_store.Install, Row("c", "9", 9));
        _store.FinishSnapshot();
        Assert.Equal(["a\0b=8@8", "above=11@11", "after=13@13", "c=9@9", "meanwhile=12@12"], _store.State());
    }

    [Fact]
    public void One_that_was_abandoned_leaves_nothing_behind()
    {
        Append(TestEntry.Put(1, "old", "1"), TestEntry.Put(11, "above", "11"));
        Add(Begin(10), Row("a", "8", 8));

        _store.AbandonSnapshot();

        Assert.Null(_store.Install);
        Assert.Empty(_engine.Versions(StorageFamily.DataB));
        Append(TestEntry.Put(12, "later", "12"));
        Assert.Empty(_engine.Versions(StorageFamily.DataB));
        Reopen();
        Assert.Null(_store.Install);
        Assert.Equal(["above=11@11", "later=12@12", "old=1@1"], _store.State());
        Assert.Equal([new LsnRange(1, 1), new LsnRange(11, 12)], _store.ReadHoldings().Ranges);
    }

    [Fact]
    public void One_that_begins_over_an_unfinished_one_has_nothing_of_it()
    {
        Add(Begin(10), Row("of the first", "8", 8));
        Append(TestEntry.Put(11, "between", "11"), TestEntry.Put(21, "above both", "21"));

        Add(Begin(20), Row("of the second", "19", 19));
        _store.FinishSnapshot();

        Assert.Equal(["above both=21@21", "of the second=19@19"], _store.State());
        Assert.Equal([new LsnRange(1, 21)], _store.ReadHoldings().Ranges);
    }

    [Fact]
    public void One_after_the_other_each_replaces_the_state_before()
    {
        for (var lsn = 10L; lsn <= 50; lsn += 10)
        {
            Add(Begin(lsn), Row($"k{lsn}", "v", lsn));
            _store.FinishSnapshot();

            Assert.Equal([$"k{lsn}=v@{lsn}"], _store.State());
            var versions = _engine.Versions(StorageFamily.DataA).Concat(_engine.Versions(StorageFamily.DataB));
            Assert.Equal([$"k{lsn}@{lsn}"], versions);
            Reopen();
        }
    }

    [Fact]
    public void An_empty_one_leaves_an_empty_state()
    {
        Append(TestEntry.Put(1, "gone", "1"));

        Begin(10);
        _store.FinishSnapshot();

        Assert.Empty(_store.State());
        Assert.Equal([new LsnRange(1, 10)], _store.ReadHoldings().Ranges);
    }

    [Fact]
    public void What_a_crash_left_of_the_old_state_is_cleared_at_the_next_opening()
    {
        Add(Begin(10), Row("a", "9", 9));
        _store.FinishSnapshot();
        using (var batch = _engine.CreateBatch())
        {
            batch.Put(StorageFamily.DataA, KeyEncoding.VersionKey("left behind"u8, 3), [1, 0x33]);
            _engine.Commit(batch);
        }

        Reopen();

        Assert.Empty(_engine.Versions(StorageFamily.DataA));
        Assert.Equal(["a=9@9"], _store.State());
        Begin(20);
        _store.FinishSnapshot();
        Assert.Empty(_store.State());
    }

    [Fact]
    public void Idempotency_keys_of_writes_above_it_stay_known_and_the_others_go()
    {
        Append(TestEntry.Put(9, "a", "9", "below"), TestEntry.Put(11, "b", "11", "above"));

        Begin(10);
        Append(TestEntry.Put(12, "c", "12", "meanwhile"));
        _store.FinishSnapshot();

        Assert.Equal((null, 11, 12), (_store.FindIdempotent("below"), _store.FindIdempotent("above"), _store.FindIdempotent("meanwhile")));
    }

    [Fact]
    public void The_space_of_the_replaced_state_is_given_back_without_touching_the_new_one()
    {
        Append(TestEntry.Put(1, "old", "1"));
        Add(Begin(10), Row("a", "9", 9));
        _store.FinishSnapshot();

        _store.ReclaimReplacedState();

        Assert.Equal(["a=9@9"], _store.State());
    }

    [Fact]
    public void A_source_is_at_the_last_entry_and_is_not_moved_by_writes_and_cuts()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"), TestEntry.Delete(3, "b"), TestEntry.Put(4, "c", "4"));
        using var source = _store.OpenSnapshotSource();
        Assert.Equal(4, source.Lsn);

        var first = source.Read([], bytesMax: 1);
        Append(TestEntry.Put(5, "c", "5"), TestEntry.Delete(6, "a"), TestEntry.Put(7, "d", "7"));
        _store.Cut(7);
        var second = source.Read("a"u8.ToArray(), bytesMax: 1);

        Assert.Equal(["a=1@1"], first!.Value.Rows.Select(TestEntry.Describe));
        Assert.False(first.Value.IsLast);
        Assert.Equal(["c=4@4"], second!.Value.Rows.Select(TestEntry.Describe));
        Assert.True(second.Value.IsLast);
        using var later = _store.OpenSnapshotSource();
        Assert.Equal(7, later.Lsn);
    }

    [Fact]
    public void A_source_of_an_empty_store_has_one_part_without_rows()
    {
        using var source = _store.OpenSnapshotSource();

        var part = source.Read([], bytesMax: 100);

        Assert.Equal(0, source.Lsn);
        Assert.Empty(part!.Value.Rows);
        Assert.True(part.Value.IsLast);
    }

    [Fact]
    public void A_part_holds_about_so_many_bytes_and_at_least_one_row()
    {
        Append([.. Enumerable.Range(1, 10).Select(lsn => TestEntry.Put(lsn, $"k{lsn:00}", new string('v', 97)))]);
        using var source = _store.OpenSnapshotSource();

        Assert.Single(source.Read([], bytesMax: 1)!.Value.Rows);
        Assert.Equal(3, source.Read([], bytesMax: 300)!.Value.Rows.Count);
        Assert.Equal(4, source.Read([], bytesMax: 301)!.Value.Rows.Count);
        Assert.Equal((10, true), source.Read([], bytesMax: 1000) is { } all ? (all.Rows.Count, all.IsLast) : default);
    }

    [Fact]
    public void A_closed_source_gives_nothing()
    {
        Append(TestEntry.Put(1, "a", "1"));
        var source = _store.OpenSnapshotSource();

        source.Dispose();

        Assert.Null(source.Read([], bytesMax: 100));
        source.Dispose();
    }

    [Fact]
    public void A_state_of_nasty_keys_goes_over_in_parts_of_any_size_while_both_sides_are_written()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var random = new Random(seed);

            // The keys of users are UTF-8, in which FF does not occur.
            var keys = Enumerable.Range(0, 200).Select(_ => NastyKeys.Next(random)).Where(key => key[0] != 0xFF).ToList();
            using var folder = new TemporaryFolder();
            var (_, sender) = Open(folder.Path);
            using (sender)
            {
                var lsn = 0L;
                sender.Append([.. Enumerable.Range(0, 300).Select(_ => Random(random, keys, ++lsn))], watermarkBound: 0);
                using var source = sender.OpenSnapshotSource();
                var after = Enumerable.Range(0, 20).Select(_ => Random(random, keys, ++lsn)).ToList();
                sender.Append(after, watermarkBound: 300);

                Transfer(source, random, after);

                Assert.Equal(300, source.Lsn);
                Assert.True(
                    sender.ComputeDigest(1, long.MaxValue, CancellationToken.None) == _store.ComputeDigest(1, long.MaxValue, CancellationToken.None),
                    $"seed {seed}: {sender.ComputeDigest(1, long.MaxValue, CancellationToken.None)} became {_store.ComputeDigest(1, long.MaxValue, CancellationToken.None)}");
            }

            // The next sender's state is another one, and starts from LSN 1.
            _store.Dispose();
            Directory.Delete(_folder.Path, recursive: true);
            (_engine, _store) = Open(_folder.Path);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_store_of_format_1_opens_and_is_of_this_format_from_then_on(bool hasSecondFamily)
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"), TestEntry.Put(3, "a", "3"));
        using (var batch = _engine.CreateBatch())
        {
            batch.Put(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.FormatVersion), "1"u8);
            _engine.Commit(batch);
        }

        var storeId = _store.StoreId;
        _store.Dispose();
        if (!hasSecondFamily)
        {
            FormatOne.DropSecondData(_folder.Path);
        }

        (_engine, _store) = Open(_folder.Path);
        Assert.Equal(storeId, _store.StoreId);
        Assert.Equal(["a=3@3", "b=2@2"], _store.State());
        Assert.Equal([new LsnRange(1, 3)], _store.ReadHoldings().Ranges);
        Assert.Equal((0, null), (_store.CutLsn, _store.Install));
        Assert.Equal("4"u8, _engine.Get(StorageFamily.Meta, Encoding.UTF8.GetBytes(MetaKeys.FormatVersion))!);

        _store.Cut(2);
        Add(Begin(10), Row("c", "9", 9));
        _store.FinishSnapshot();
        Reopen();
        Assert.Equal(["c=9@9"], _store.State());
    }

    // Sends everything over, as a leader and a follower would with restarts between, and the entries above on the way.
    private void Transfer(SnapshotSource source, Random random, List<EncodedEntry> entriesAbove)
    {
        var above = new Queue<EncodedEntry>(entriesAbove.OrderBy(_ => random.Next()));
        var install = Begin(source.Lsn);
        bool isLast;
        do
        {
            if (above.TryDequeue(out var entry))
            {
                Append(entry);
            }

            var part = source.Read(install.AfterKey, random.Next(1, 60))!.Value;
            Assert.True(
                part.Rows is [] || ByteOrder.Instance.Compare(install.AfterKey, part.Rows[0].Key) < 0, "A part begins above the last key of the one before.");
            install = Add(install, [.. part.Rows]);
            isLast = part.IsLast;
            if (random.Next(10) == 0)
            {
                Reopen();
                install = _store.Install!;
            }
        }
        while (!isLast);

        _store.FinishSnapshot();
        Append([.. above]);
    }

    private static EncodedEntry Random(Random random, List<byte[]> keys, long lsn)
    {
        var key = keys[random.Next(keys.Count)];
        return random.Next(4) == 0
            ? TestEntry.Make(lsn, EntryKind.Delete, key, [])
            : TestEntry.Make(lsn, EntryKind.Put, key, NastyKeys.Next(random));
    }

    private static LiveKey Row(string key, string value, long lsn) => new(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), lsn);

    private SnapshotInstall Begin(long lsn)
    {
        var install = new SnapshotInstall(Epoch, lsn, [], 0);
        _store.BeginSnapshot(install);
        return install;
    }

    private SnapshotInstall Add(SnapshotInstall install, params LiveKey[] rows)
    {
        var reached = install with { AfterKey = rows is [.., var last] ? last.Key : install.AfterKey, Rows = install.Rows + rows.Length };
        _store.AddToSnapshot(rows, reached);
        return reached;
    }

    private void Append(params IReadOnlyList<EncodedEntry> entries) => _store.Append(entries, watermarkBound: 0);

    private void Reopen()
    {
        _store.Dispose();
        (_engine, _store) = Open(_folder.Path);
    }

    private static (RocksDbEngine Engine, ReplicaStore Store) Open(string folder)
    {
        var engine = RocksDbEngine.Open(folder);
        return (engine, ReplicaStore.Open(engine, "node"));
    }
}

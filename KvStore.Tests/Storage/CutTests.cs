using System.Text;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Storage;

/// <summary>Cutting the log: what it superseded goes along with it, and nothing that can be read changes.</summary>
public sealed class CutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RocksDbEngine _engine;
    private ReplicaStore _store;

    public CutTests() => (_engine, _store) = Open();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_cut_removes_entries_with_the_versions_that_they_superseded_and_their_tombstones()
    {
        Append(
            TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"), TestEntry.Put(3, "a", "3"), TestEntry.Delete(4, "b"),
            TestEntry.Put(5, "c", "5"), TestEntry.Put(6, "a", "6"), TestEntry.Delete(7, "c"));

        Assert.False(_store.Cut(4));

        Assert.Equal([5, 6, 7], _store.ReadLog(1).Select(entry => entry.Lsn));
        Assert.Equal(["a@6", "a@3", "c@7!", "c@5"], VersionsLeft());
        Assert.Equal(4, _store.CutLsn);
        Assert.Null(_store.ReadEntry(4));

        Assert.False(_store.Cut(7));

        Assert.Empty(_store.ReadLog(1));
        Assert.Equal(["a@6"], VersionsLeft());
    }

    [Fact]
    public void What_an_open_view_reads_is_dropped_when_the_view_is_closed()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"));
        var view = _store.OpenView();
        Append(TestEntry.Put(3, "a", "3"), TestEntry.Put(4, "a", "4"));

        _store.Cut(4);

        Assert.Equal(["a@4", "a@3", "a@1", "b@2"], VersionsLeft());
        Assert.Equal(["a=1@1", "b=2@2"], view.State());

        view.Dispose();
        using var later = _store.OpenView();
        Assert.Equal(["a@4", "b@2"], VersionsLeft());
        Assert.Equal(["a=4@4", "b=2@2"], later.State());
    }

    [Fact]
    public void After_reopening_what_was_superseded_below_the_cut_is_dropped_as_before()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "a", "2"), TestEntry.Put(3, "a", "3"));
        _store.Cut(2);

        Reopen();

        Assert.Equal(["a@3", "a@2"], VersionsLeft());
    }

    [Fact]
    public void A_key_whose_escaped_bytes_begin_another_keeps_its_versions()
    {
        byte[] shorter = [0x61], longer = [0x61, 0x00, 0x01];
        Append(
            TestEntry.Make(1, EntryKind.Put, longer, [1]), TestEntry.Make(2, EntryKind.Put, shorter, [2]), TestEntry.Make(3, EntryKind.Put, shorter, [3]),
            TestEntry.Make(4, EntryKind.Delete, shorter, []));

        _store.Cut(4);

        Assert.Equal(1, _store.Read(longer)!.Value.Lsn);
        Assert.Null(_store.Read(shorter));
    }

    [Fact]
    public void A_cut_goes_no_further_than_asked_never_back_and_ends()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "a", "2"), TestEntry.Put(3, "a", "3"));

        Assert.False(_store.Cut(2));
        Assert.False(_store.Cut(2));
        Assert.False(_store.Cut(1));

        Assert.Equal(2, _store.CutLsn);
        Assert.Equal([new LsnRange(1, 3)], _store.ReadHoldings().Ranges);
        Assert.Equal([3], _store.ReadLog(1).Select(entry => entry.Lsn));
    }

    [Fact]
    public void A_cut_in_pieces_ends_where_one_cut_ends()
    {
        const int Last = 30;
        Append([.. Enumerable.Range(1, Last).Select(lsn => lsn % 5 == 0 ? TestEntry.Delete(lsn, "k0") : TestEntry.Put(lsn, $"k{lsn % 4}", $"{lsn}"))]);
        var before = _store.State();

        var pieces = 1;
        while (_store.Cut(25, entriesMax: 10))
        {
            Assert.Equal(pieces++ * 10, _store.CutLsn);
            Assert.Equal(before, _store.State());
            Assert.Equal(Enumerable.Range(1, Last).Skip((int)_store.CutLsn).Select(lsn => (long)lsn), _store.ReadLog(1).Select(entry => entry.Lsn));
        }

        Assert.Equal((3, 25), (pieces, _store.CutLsn));
        Assert.Equal(before, _store.State());
        Assert.Equal([new LsnRange(1, Last)], _store.ReadHoldings().Ranges);
    }

    [Fact]
    public void A_view_that_was_opened_before_a_cut_stays_as_it_was()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"));
        using var view = _store.OpenView();
        Append(TestEntry.Put(3, "a", "3"), TestEntry.Delete(4, "b"));

        _store.Cut(4);

        Assert.Equal(["a=1@1", "b=2@2"], view.State());
        Assert.Equal(["a=3@3"], _store.State());
    }

    [Fact]
    public void An_enumeration_of_the_log_that_began_before_a_cut_goes_on()
    {
        Append([.. Enumerable.Range(1, 10).Select(lsn => TestEntry.Put(lsn, "k", $"{lsn}"))]);
        using var log = _store.ReadLog(1).GetEnumerator();
        Assert.True(log.MoveNext());

        _store.Cut(10);

        Assert.True(log.MoveNext());
        Assert.Equal(2, log.Current.Lsn);
    }

    [Fact]
    public void It_survives_reopening_with_the_marks_above_it_and_the_one_at_it()
    {
        LogMark[] marks = [new(2, 20, 200), new(4, 40, 400), new(6, 60, 600)];
        _store.Append([.. Enumerable.Range(1, 6).Select(lsn => TestEntry.Put(lsn, $"k{lsn % 2}", $"{lsn}"))], watermarkBound: 0, commitLsnBound: 0, marks: marks);
        _store.Cut(4);
        _store.Append([TestEntry.Put(7, "k7", "7")], watermarkBound: 6);

        Reopen();

        Assert.Equal(4, _store.CutLsn);
        Assert.Equal(marks[1..], _store.ReadLogMarks());
        Assert.Equal([new LsnRange(1, 7)], _store.ReadHoldings().Ranges);
        Assert.Equal(["k0=6@6", "k1=5@5", "k7=7@7"], _store.State());
        Assert.Equal([5, 6, 7], _store.ReadLog(1).Select(entry => entry.Lsn));
    }

    [Fact]
    public void What_lies_below_the_cut_is_held_though_the_stored_watermark_is_older()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "b", "2"), TestEntry.Put(3, "c", "3"));
        _store.Append([TestEntry.Put(6, "d", "6")], watermarkBound: 0);

        _store.Cut(3);

        Reopen();
        Assert.Equal([new LsnRange(1, 3), new LsnRange(6, 6)], _store.ReadHoldings().Ranges);
        Assert.Equal(3, _store.ComputeDigest(1, long.MaxValue, CancellationToken.None).Watermark);
    }

    [Fact]
    public void An_idempotency_key_is_known_as_long_as_the_log_holds_its_write()
    {
        Append(TestEntry.Put(1, "a", "1", "first"), TestEntry.Put(2, "b", "2", "second"), TestEntry.Delete(3, "a", "third"));
        Assert.Equal((1, 2, 3), (_store.FindIdempotent("first"), _store.FindIdempotent("second"), _store.FindIdempotent("third")));

        _store.Cut(1);

        Assert.Equal((null, 2, 3), (_store.FindIdempotent("first"), _store.FindIdempotent("second"), _store.FindIdempotent("third")));
        Reopen();
        Assert.Equal((null, 2, 3), (_store.FindIdempotent("first"), _store.FindIdempotent("second"), _store.FindIdempotent("third")));
        Assert.Equal(["second 0000000000000000002", "third 0000000000000000003"], MetaNames(MetaKeys.IdempotentPrefix));
    }

    [Fact]
    public void An_idempotency_key_that_was_used_again_after_its_cut_stands_for_the_later_write()
    {
        Append(TestEntry.Put(1, "a", "1", "again"), TestEntry.Put(2, "a", "2"));
        _store.Cut(1);

        Append(TestEntry.Put(3, "a", "3", "again"));
        Assert.Equal(3, _store.FindIdempotent("again"));
        _store.Cut(2);
        Assert.Equal(3, _store.FindIdempotent("again"));
        _store.Cut(3);

        Assert.Null(_store.FindIdempotent("again"));
        Assert.Empty(MetaNames(MetaKeys.IdempotentPrefix));
    }

    [Fact]
    public void Of_two_writes_with_one_idempotency_key_the_earlier_ones_cut_leaves_the_later_known()
    {
        // A replica that is behind gets both.
        Append(TestEntry.Put(3, "a", "3", "again"));
        Append(TestEntry.Put(1, "a", "1", "again"), TestEntry.Put(2, "a", "2"));
        Assert.Equal(3, _store.FindIdempotent("again"));

        _store.Cut(2);

        Assert.Equal(3, _store.FindIdempotent("again"));
    }

    [Fact]
    public void Nothing_is_cut_while_a_snapshot_is_taken_in()
    {
        Append(TestEntry.Put(1, "a", "1"), TestEntry.Put(2, "a", "2"));
        _store.BeginSnapshot(new SnapshotInstall(new Epoch(1, 1), 10, [], 0));

        Assert.False(_store.Cut(2));
        Assert.Equal((0, 2), (_store.CutLsn, _store.ReadLog(1).Count()));

        _store.AbandonSnapshot();
        _store.Cut(2);
        Assert.Equal(2, _store.CutLsn);
    }

    [Fact]
    public void Cuts_between_random_writes_in_any_order_change_nothing_that_can_be_read()
    {
        const int Seed = 20_27;
        var random = new Random(Seed);
        var keys = Enumerable.Range(0, 25).Select(_ => NastyKeys.Next(random)).ToList();
        var map = new SortedDictionary<byte[], (byte[] Value, long Lsn)>(ByteOrder.Instance);
        var lsn = 0L;
        for (var round = 0; round < 60; round++)
        {
            var entries = new List<EncodedEntry>();
            for (var i = random.Next(1, 30); i > 0; i--)
            {
                var (key, value) = (keys[random.Next(keys.Count)], NastyKeys.Next(random));
                if (random.Next(3) == 0)
                {
                    entries.Add(TestEntry.Make(++lsn, EntryKind.Delete, key, []));
                    map.Remove(key);
                }
                else
                {
                    entries.Add(TestEntry.Make(++lsn, EntryKind.Put, key, value));
                    map[key] = (value, lsn);
                }
            }

            Append([.. entries.OrderBy(_ => random.Next())]);
            while (_store.Cut(random.NextInt64(_store.CutLsn, lsn + 1), entriesMax: random.Next(1, 40)))
            {
                // The next piece.
            }

            if (random.Next(10) == 0)
            {
                Reopen();
            }

            if (random.Next(5) == 0)
            {
                _engine.Compact(StorageFamily.DataA);
            }

            using var view = _store.OpenView();
            Assert.True(
                map.Select(pair => TestEntry.DescribeBytes(new LiveKey(pair.Key, pair.Value.Value, pair.Value.Lsn)))
                    .SequenceEqual(view.LiveKeys().Select(TestEntry.DescribeBytes)),
                $"seed {Seed}, round {round}, cut at {_store.CutLsn} of {lsn}");
            foreach (var key in keys)
            {
                Assert.Equal(map.TryGetValue(key, out var expected) ? expected.Lsn : null, _store.Read(key)?.Lsn);
            }
        }

        while (_store.Cut(lsn))
        {
            // The next piece.
        }

        Assert.Equal(map.Count, VersionsLeft().Count);
    }

    private void Append(params IReadOnlyList<EncodedEntry> entries) => _store.Append(entries, watermarkBound: 0);

    // A compaction drops what was superseded; here it is made to happen.
    private IReadOnlyList<string> VersionsLeft()
    {
        _engine.Compact(StorageFamily.DataA);
        return _engine.Versions(StorageFamily.DataA);
    }

    private List<string> MetaNames(string prefix)
    {
        var names = new List<string>();
        using var cursor = _engine.OpenCursor(StorageFamily.Meta);
        for (cursor.Seek(Encoding.UTF8.GetBytes(prefix)); cursor.Valid; cursor.Next())
        {
            var name = Encoding.UTF8.GetString(cursor.Key);
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                names.Add(name[prefix.Length..]);
            }
        }

        return names;
    }

    private void Reopen()
    {
        _store.Dispose();
        (_engine, _store) = Open();
    }

    private (RocksDbEngine Engine, ReplicaStore Store) Open()
    {
        var engine = RocksDbEngine.Open(_folder.Path);
        return (engine, ReplicaStore.Open(engine, "node"));
    }
}

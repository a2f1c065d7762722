using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;
using KvStore.Tests.Simulation;

namespace KvStore.Tests.Storage;

/// <summary>
/// RocksDB and the simulation's engine do the same under the same sequence of calls, or the simulation would prove nothing
/// of what runs in production.
/// </summary>
public class EngineContractTests
{
    private const int Steps = 400;
    private static readonly StorageFamily[] Families = Enum.GetValues<StorageFamily>();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Both_engines_read_the_same_after_the_same_random_calls(int seed)
    {
        using var pair = new EnginePair(seed);
        for (var step = 0; step < Steps; step++)
        {
            pair.DoOne(step);
        }

        pair.CompareEverything(Steps);
    }

    [Fact]
    public void Of_a_batch_nothing_is_seen_before_its_commit_and_then_all_in_the_order_in_which_it_was_made()
    {
        using var folder = new TemporaryFolder();
        using var rocks = RocksDbEngine.Open(folder.Path);
        foreach (IStorageEngine engine in (IStorageEngine[])[rocks, new MemoryEngine(new MemoryDisk())])
        {
            using var batch = engine.CreateBatch();
            batch.Put(StorageFamily.Log, "a"u8, "1"u8);
            batch.Put(StorageFamily.Log, "b"u8, "1"u8);
            batch.DeleteRange(StorageFamily.Log, "a"u8, "b"u8);
            batch.Put(StorageFamily.Log, "c"u8, "1"u8);
            batch.Put(StorageFamily.Log, "c"u8, "2"u8);
            batch.Delete(StorageFamily.Log, "b"u8);
            batch.Put(StorageFamily.Log, "b"u8, "3"u8);
            Assert.Null(engine.Get(StorageFamily.Log, "b"u8));

            engine.CommitUnsynced(batch);

            Assert.Null(engine.Get(StorageFamily.Log, "a"u8));
            Assert.Equal("3"u8, engine.Get(StorageFamily.Log, "b"u8)!);
            Assert.Equal("2"u8, engine.Get(StorageFamily.Log, "c"u8)!);
            Assert.Null(engine.Get(StorageFamily.DataA, "b"u8));
        }
    }

    [Fact]
    public void Both_engines_drop_the_versions_that_are_superseded_and_no_other_row()
    {
        using var folder = new TemporaryFolder();
        using var rocks = RocksDbEngine.Open(folder.Path);
        foreach (IStorageEngine engine in (IStorageEngine[])[rocks, new MemoryEngine(new MemoryDisk())])
        {
            using var batch = engine.CreateBatch();
            foreach (var (key, lsn) in (IEnumerable<(string, long)>)[("a", 1), ("a", 3), ("a", 5), ("a", 8), ("ab", 2), ("b", 4), ("b", 9), ("c", 7)])
            {
                batch.Put(StorageFamily.DataA, KeyEncoding.VersionKey(System.Text.Encoding.UTF8.GetBytes(key), lsn), StoredValue.OfDelete);
            }

            batch.Put(StorageFamily.DataA, "short"u8, "row"u8);
            engine.Commit(batch);

            engine.DropSuperseded(5);
            engine.Compact(StorageFamily.DataA);

            var left = new List<long>();
            using var cursor = engine.OpenCursor(StorageFamily.DataA);
            for (cursor.Seek([]); cursor.Valid; cursor.Next())
            {
                left.Add(cursor.Key.Length < KeyEncoding.SuffixBytes ? 0 : KeyEncoding.LsnOf(cursor.Key));
            }

            Assert.Equal([8, 5, 2, 9, 4, 7, 0], left);
        }
    }

    /// <summary>Both engines, with the views and cursors that are open on them.</summary>
    private sealed class EnginePair : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly MemoryDisk _disk = new();
        private readonly Random _random;
        private readonly int _seed;
        private readonly List<byte[]> _keys;
        private readonly List<(IStorageSnapshot Rocks, IStorageSnapshot Memory)> _views = [];
        private readonly List<(StorageFamily Family, IStorageCursor Rocks, IStorageCursor Memory)> _cursors = [];
        private IStorageEngine _rocks;
        private IStorageEngine _memory;

        public EnginePair(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _keys = [.. Enumerable.Range(0, 60).Select(_ => NastyKeys.Next(_random))];
            (_rocks, _memory) = (RocksDbEngine.Open(_folder.Path), new MemoryEngine(_disk));
        }

        public void DoOne(int step)
        {
            switch (_random.Next(20))
            {
                case < 8:
                    Write();
                    break;
                case < 10:
                    var family = Family();
                    var key = Key(family);
                    Same(step, $"Get {family} {Hex(key)}", Text(_rocks.Get(family, key)), Text(_memory.Get(family, key)));
                    break;
                case < 12:
                    _views.Add((_rocks.CreateSnapshot(), _memory.CreateSnapshot()));
                    break;
                case < 13:
                    CloseOne(_views);
                    break;
                case < 15:
                    OpenCursor();
                    break;
                case < 18:
                    MoveCursor(step);
                    break;
                case < 19:
                    CompareEverything(step);
                    break;
                default:
                    if (_random.Next(4) == 0)
                    {
                        Reopen();
                        CompareEverything(step);
                    }
                    else
                    {
                        _rocks.Compact(Family());
                    }

                    break;
            }
        }

        public void CompareEverything(int step)
        {
            foreach (var family in Families)
            {
                Same(step, $"all of {family}", Scan(_rocks, family, null), Scan(_memory, family, null));
                for (var view = 0; view < _views.Count; view++)
                {
                    Same(step, $"all of {family} in view {view}", Scan(_rocks, family, _views[view].Rocks), Scan(_memory, family, _views[view].Memory));
                }
            }
        }

        public void Dispose()
        {
            CloseReaders();
            _rocks.Dispose();
            _folder.Dispose();
        }

        private void Write()
        {
            using var rocks = _rocks.CreateBatch();
            using var memory = _memory.CreateBatch();
            for (var i = _random.Next(1, 12); i > 0; i--)
            {
                var family = Family();
                var key = Key(family);
                switch (_random.Next(8))
                {
                    case < 5:
                        var value = _random.Next(6) == 0 ? [] : NastyKeys.Next(_random);
                        rocks.Put(family, key, value);
                        memory.Put(family, key, value);
                        break;
                    case < 7:
                        rocks.Delete(family, key);
                        memory.Delete(family, key);
                        break;
                    default:
                        var end = Key(family);
                        var (from, to) = ByteOrder.Instance.Compare(key, end) < 0 ? (key, end) : (end, key);
                        from = _random.Next(5) == 0 ? [] : from;
                        rocks.DeleteRange(family, from, to);
                        memory.DeleteRange(family, from, to);
                        break;
                }
            }

            if (_random.Next(2) == 0)
            {
                _rocks.Commit(rocks);
                _memory.Commit(memory);
            }
            else
            {
                _rocks.CommitUnsynced(rocks);
                _memory.CommitUnsynced(memory);
            }
        }

        private void OpenCursor()
        {
            var family = Family();
            var at = _random.Next(_views.Count + 1);
            var (rocksView, memoryView) = at < _views.Count ? _views[at] : (null, null);
            var (rocks, memory) = (_rocks.OpenCursor(family, rocksView), _memory.OpenCursor(family, memoryView));
            var from = _random.Next(4) == 0 ? [] : Key(family);
            rocks.Seek(from);
            memory.Seek(from);
            _cursors.Add((family, rocks, memory));
        }

        private void MoveCursor(int step)
        {
            if (_cursors.Count == 0)
            {
                return;
            }

            var (family, rocks, memory) = _cursors[_random.Next(_cursors.Count)];
            Same(step, "the position of a cursor", At(rocks), At(memory));
            if (_random.Next(3) == 0)
            {
                var key = Key(family);
                rocks.Seek(key);
                memory.Seek(key);
            }
            else if (rocks.Valid)
            {
                rocks.Next();
                memory.Next();
            }

            Same(step, "the position of a cursor that was moved", At(rocks), At(memory));
            if (_cursors.Count > 8)
            {
                _cursors[0].Rocks.Dispose();
                _cursors[0].Memory.Dispose();
                _cursors.RemoveAt(0);
            }
        }

        // In good order, so nothing is lost; a crash is the simulation's own subject.
        private void Reopen()
        {
            CloseReaders();
            _rocks.Dispose();
            (_rocks, _memory) = (RocksDbEngine.Open(_folder.Path), new MemoryEngine(_disk));
        }

        private void CloseReaders()
        {
            _cursors.ForEach(cursor => cursor.Rocks.Dispose());
            _cursors.Clear();
            _views.ForEach(view => view.Rocks.Dispose());
            _views.Clear();
        }

        // A cursor may stand on a view, so those go first.
        private void CloseOne(List<(IStorageSnapshot Rocks, IStorageSnapshot Memory)> views)
        {
            _cursors.ForEach(cursor => cursor.Rocks.Dispose());
            _cursors.Clear();
            if (views.Count > 0)
            {
                var at = _random.Next(views.Count);
                views[at].Rocks.Dispose();
                views[at].Memory.Dispose();
                views.RemoveAt(at);
            }
        }

        private StorageFamily Family() => Families[_random.Next(Families.Length)];

        // The simulation's disk reads the log's keys, so those are LSNs.
        private byte[] Key(StorageFamily family)
        {
            if (family != StorageFamily.Log)
            {
                return _keys[_random.Next(_keys.Count)];
            }

            var key = new byte[sizeof(long)];
            KeyEncoding.WriteLogKey(_random.Next(1, 60), key);
            return key;
        }

        private void Same(int step, string what, string rocks, string memory) =>
            Assert.True(rocks == memory, $"seed {_seed}, step {step}, {what}: RocksDB has {rocks}, and the simulation {memory}");

        private static string Scan(IStorageEngine engine, StorageFamily family, IStorageSnapshot? view)
        {
            var rows = new List<string>();
            using var cursor = engine.OpenCursor(family, view);
            for (cursor.Seek([]); cursor.Valid; cursor.Next())
            {
                rows.Add(At(cursor));
            }

            return string.Join(' ', rows);
        }

        private static string At(IStorageCursor cursor) => cursor.Valid ? $"{Hex(cursor.Key)}={Hex(cursor.Value)}" : "its end";

        private static string Text(byte[]? value) => value is null ? "nothing" : $"'{Hex(value)}'";

        private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
    }
}

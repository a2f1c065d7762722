using System.Collections.Immutable;
using KvStore.Node.Storage;

namespace KvStore.Tests.Simulation;

/// <summary>The storage engine of one process over a <see cref="MemoryDisk"/>; as RocksDB's, it takes nothing more after a failure.</summary>
internal sealed class MemoryEngine(MemoryDisk disk) : IStorageEngine
{
    /// <inheritdoc />
    public string? Failure { get; private set; }

    /// <inheritdoc />
    public byte[]? Get(StorageFamily family, ReadOnlySpan<byte> key) => MemoryDisk.Find(disk.Visible[(int)family], key.ToArray());

    /// <inheritdoc />
    public IStorageBatch CreateBatch() => new Batch();

    /// <inheritdoc />
    public void Commit(IStorageBatch batch) => Write(() => disk.ApplyAndSync(((Batch)batch).Changes));

    /// <inheritdoc />
    public void CommitUnsynced(IStorageBatch batch) => Write(() => disk.Apply(((Batch)batch).Changes));

    /// <inheritdoc />
    public IStorageSnapshot CreateSnapshot() => new View(disk.Visible);

    /// <inheritdoc />
    public IStorageCursor OpenCursor(StorageFamily family, IStorageSnapshot? snapshot = null) =>
        new Cursor((snapshot as View)?.Families[(int)family] ?? disk.Visible[(int)family]);

    /// <inheritdoc />
    public void DropSuperseded(long upTo)
    {
        // At once, which is the hardest on whoever still counted on them; views are of rows that do not change.
        foreach (var family in (StorageFamily[])[StorageFamily.DataA, StorageFamily.DataB])
        {
            var (key, superseded) = ((byte[])[], new List<Change>());
            var lsn = 0L;
            foreach (var row in disk.Visible[(int)family].Where(row => row.Key.Length >= KeyEncoding.SuffixBytes))
            {
                var isSameKey = key.AsSpan().SequenceEqual(KeyEncoding.KeyPart(row.Key));
                if (isSameKey && lsn > 0 && lsn <= upTo)
                {
                    superseded.Add(new Change(ChangeKind.Delete, family, row.Key, []));
                }

                (key, lsn) = (isSameKey ? key : KeyEncoding.KeyPart(row.Key).ToArray(), KeyEncoding.LsnOf(row.Key));
            }

            if (superseded.Count > 0 && Failure is null)
            {
                Write(() => disk.Apply(superseded));
            }
        }
    }

    /// <inheritdoc />
    public void Compact(StorageFamily family)
    {
    }

    /// <inheritdoc />
    public IStorageEngine CreateCheckpoint(string directory) => throw new NotSupportedException("There are no folders in the simulation.");

    /// <inheritdoc />
    public void Dispose()
    {
    }

    private void Write(Action write)
    {
        if (Failure is not null)
        {
            throw new StorageException($"The database failed earlier ({Failure}).");
        }

        try
        {
            write();
        }
        catch (StorageException e)
        {
            Failure = e.Message;
            throw;
        }
    }

    private sealed class Batch : IStorageBatch
    {
        public List<Change> Changes { get; } = [];

        public void Put(StorageFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
            Changes.Add(new Change(ChangeKind.Put, family, key.ToArray(), value.ToArray()));

        public void Delete(StorageFamily family, ReadOnlySpan<byte> key) => Changes.Add(new Change(ChangeKind.Delete, family, key.ToArray(), []));

        public void DeleteRange(StorageFamily family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> end) =>
            Changes.Add(new Change(ChangeKind.DeleteRange, family, from.ToArray(), end.ToArray()));

        public void Dispose()
        {
        }
    }

    private sealed class View(ImmutableArray<ImmutableSortedSet<Row>> families) : IStorageSnapshot
    {
        public ImmutableArray<ImmutableSortedSet<Row>> Families { get; } = families;

        public void Dispose()
        {
        }
    }

    private sealed class Cursor(ImmutableSortedSet<Row> rows) : IStorageCursor
    {
        private int _at = rows.Count;

        public bool Valid => _at < rows.Count;

        public ReadOnlySpan<byte> Key => rows[_at].Key;

        public ReadOnlySpan<byte> Value => rows[_at].Value;

        public void Seek(ReadOnlySpan<byte> key)
        {
            var at = rows.IndexOf(new Row(key.ToArray(), []));
            _at = at < 0 ? ~at : at;
        }

        public void Next() => _at++;

        public void Dispose()
        {
        }
    }
}

namespace KvStore.Node.Storage;

/// <summary>The column families of a replica.</summary>
internal enum StorageFamily
{
    /// <summary>LSN (8 bytes, big-endian) → the entry as it travels on the wire.</summary>
    Log,

    /// <summary>A version of a key (<see cref="KeyEncoding"/>) → value or tombstone (<see cref="StoredValue"/>).</summary>
    DataA,

    /// <summary>The same. One of the two is active; the other is empty, or takes in a snapshot.</summary>
    DataB,

    /// <summary>Names of <see cref="MetaKeys"/> → ids, epoch, watermark, settings.</summary>
    Meta,
}

/// <summary>
/// The narrow ordered key-value engine that a replica stands on: seek, batch, snapshot, sync. RocksDB in production; in the
/// simulation an ordered map whose disk forgets what was not synced. Keys are ordered bytewise, unsigned.
/// </summary>
internal interface IStorageEngine : IDisposable
{
    /// <summary>
    /// Why the engine takes no commit any more; null while it does. After a failed fsync nobody knows what is on disk, so
    /// nothing more may be confirmed until the database is opened anew. Reads go on.
    /// </summary>
    string? Failure { get; }

    /// <summary>The value under <paramref name="key"/>, or null when there is none.</summary>
    byte[]? Get(StorageFamily family, ReadOnlySpan<byte> key);

    /// <summary>An empty batch; it takes effect in <see cref="Commit"/> and not before.</summary>
    IStorageBatch CreateBatch();

    /// <summary>
    /// Applies the batch as a whole and returns once it is fsynced (DURABLE). Nothing of it is visible to a reader
    /// before that (VISIBLE).
    /// </summary>
    /// <exception cref="StorageException">The batch may or may not be on disk; the engine takes no further commit.</exception>
    void Commit(IStorageBatch batch);

    /// <summary>
    /// Applies the batch as a whole, without waiting for the disk: it is durable with the next <see cref="Commit"/>. A crash
    /// before that may take it away, but never together with keeping a batch that came later.
    /// </summary>
    /// <exception cref="StorageException">The engine takes no further commit.</exception>
    void CommitUnsynced(IStorageBatch batch);

    /// <summary>A view of this instant that later commits do not change.</summary>
    IStorageSnapshot CreateSnapshot();

    /// <summary>A cursor over one family, over <paramref name="snapshot"/> or else over the newest state.</summary>
    IStorageCursor OpenCursor(StorageFamily family, IStorageSnapshot? snapshot = null);

    /// <summary>
    /// Versions of keys that a newer version at or below <paramref name="upTo"/> has superseded are dropped from the data families,
    /// when it suits the engine. What views read that are open now stays. To be said anew after opening.
    /// </summary>
    void DropSuperseded(long upTo);

    /// <summary>Gives back the space of what was deleted from a family; may take long, and changes nothing that can be read.</summary>
    void Compact(StorageFamily family);

    /// <summary>Makes a copy of the store, as of this instant, in a new folder.</summary>
    /// <returns>The copy, open.</returns>
    IStorageEngine CreateCheckpoint(string directory);
}

/// <summary>Changes that take effect together, in the order in which they were made.</summary>
internal interface IStorageBatch : IDisposable
{
    /// <summary>Sets <paramref name="key"/> to <paramref name="value"/>.</summary>
    void Put(StorageFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Removes <paramref name="key"/>, if it is there.</summary>
    void Delete(StorageFamily family, ReadOnlySpan<byte> key);

    /// <summary>Removes every key from <paramref name="from"/> on, up to and without <paramref name="end"/>.</summary>
    void DeleteRange(StorageFamily family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> end);
}

/// <summary>A consistent view of the engine.</summary>
internal interface IStorageSnapshot : IDisposable;

/// <summary>A position in one family, moving in key order.</summary>
internal interface IStorageCursor : IDisposable
{
    /// <summary>Whether the cursor stands on a pair.</summary>
    /// <exception cref="StorageException">The engine could not read on: the end was not reached, it is unknown.</exception>
    bool Valid { get; }

    /// <summary>The key under the cursor; the span ends with the next move.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The value under the cursor; the span ends with the next move.</summary>
    ReadOnlySpan<byte> Value { get; }

    /// <summary>Moves to the first key at or after <paramref name="key"/>.</summary>
    void Seek(ReadOnlySpan<byte> key);

    /// <summary>Moves to the following key.</summary>
    void Next();
}

/// <summary>The engine failed, or what it holds is not what a replica writes.</summary>
internal class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process, or another part of this one, has the store open.</summary>
internal sealed class StorageInUseException(string message) : StorageException(message);

namespace KvStore.Node.Storage;

/// <summary>One live key of a <see cref="StateView"/>.</summary>
/// <param name="Key">The key's bytes.</param>
/// <param name="Value">The value's bytes.</param>
/// <param name="Lsn">The entry that wrote it.</param>
internal readonly record struct LiveKey(byte[] Key, byte[] Value, long Lsn);

/// <summary>A consistent view of every live key, in the order of the keys' bytes, read as it is enumerated.</summary>
/// <param name="engine">The engine.</param>
/// <param name="snapshot">The engine's view to read; disposed with this.</param>
/// <param name="data">The data family that is active in it.</param>
internal sealed class StateView(IStorageEngine engine, IStorageSnapshot snapshot, StorageFamily data) : IDisposable
{
    // Past that many older versions a seek is cheaper than stepping over them.
    private const int StepsBeforeSeek = 16;

    /// <summary>The engine's view that this one reads.</summary>
    public IStorageSnapshot Snapshot { get; } = snapshot;

    /// <summary>Every key that has a value. Each enumeration reads the same state anew.</summary>
    /// <param name="afterKey">Only the keys above this one; empty for all.</param>
    public IEnumerable<LiveKey> LiveKeys(byte[]? afterKey = null)
    {
        using var cursor = engine.OpenCursor(data, Snapshot);
        cursor.Seek(afterKey is { Length: > 0 } ? Behind(KeyEncoding.VersionKey(afterKey, 0)) : []);
        while (cursor.Valid)
        {
            var versionKey = cursor.Key.ToArray();
            if (!StoredValue.IsTombstone(cursor.Value))
            {
                yield return new LiveKey(
                    KeyEncoding.DecodeKey(versionKey), StoredValue.ValueOf(cursor.Value).ToArray(), KeyEncoding.LsnOf(versionKey));
            }

            SkipOlderVersions(cursor, versionKey);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Snapshot.Dispose();

    private static void SkipOlderVersions(IStorageCursor cursor, byte[] versionKey)
    {
        for (var step = 0; step < StepsBeforeSeek; step++)
        {
            cursor.Next();
            if (!IsVersionOfSameKey(cursor, versionKey))
            {
                return;
            }
        }

        cursor.Seek(Behind(versionKey));
    }

    // LSN 0 is no entry's, and would stand behind every version of the key.
    private static byte[] Behind(byte[] versionKey)
    {
        versionKey.AsSpan(^sizeof(long)..).Fill(0xFF);
        return versionKey;
    }

    private static bool IsVersionOfSameKey(IStorageCursor cursor, byte[] versionKey) =>
        cursor.Valid && KeyEncoding.KeyPart(cursor.Key).SequenceEqual(KeyEncoding.KeyPart(versionKey));
}

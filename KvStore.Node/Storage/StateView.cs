namespace KvStore.Node.Storage;

/// <summary>One live key of a <see cref="StateView"/>.</summary>
/// <param name="Key">The key's bytes.</param>
/// <param name="Value">The value's bytes.</param>
/// <param name="Lsn">The entry that wrote it.</param>
internal readonly record struct LiveKey(byte[] Key, byte[] Value, long Lsn);

/// <summary>A consistent view of every live key, in the order of the keys' bytes, read as it is enumerated.</summary>
internal sealed class StateView(IStorageEngine engine) : IDisposable
{
    // Past that many older versions a seek is cheaper than stepping over them.
    private const int StepsBeforeSeek = 16;

    private readonly IStorageSnapshot _snapshot = engine.CreateSnapshot();

    /// <summary>Every key that has a value. Each enumeration reads the same state anew.</summary>
    public IEnumerable<LiveKey> LiveKeys()
    {
        using var cursor = engine.OpenCursor(StorageFamily.Data, _snapshot);
        cursor.Seek([]);
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
    public void Dispose() => _snapshot.Dispose();

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

        // LSN 0 is no entry's, and would stand behind every version of the key.
        var behind = versionKey;
        behind.AsSpan(^sizeof(long)..).Fill(0xFF);
        cursor.Seek(behind);
    }

    private static bool IsVersionOfSameKey(IStorageCursor cursor, byte[] versionKey) =>
        cursor.Valid && KeyEncoding.KeyPart(cursor.Key).SequenceEqual(KeyEncoding.KeyPart(versionKey));
}

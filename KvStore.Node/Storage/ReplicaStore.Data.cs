namespace KvStore.Node.Storage;

/// <summary>The newest value of a key.</summary>
/// <param name="Value">The value's bytes.</param>
/// <param name="Lsn">The entry that wrote it.</param>
internal readonly record struct VersionedValue(byte[] Value, long Lsn);

/// <content>Reads. They see what is on this node's disk and nothing else (VISIBLE).</content>
internal sealed partial class ReplicaStore
{
    /// <summary>The newest value of <paramref name="key"/>, or null when there is none or it is deleted.</summary>
    public VersionedValue? Read(ReadOnlySpan<byte> key)
    {
        using var cursor = OpenActive();
        var seek = KeyEncoding.VersionKey(key, long.MaxValue);
        cursor.Seek(seek);
        if (!cursor.Valid || !KeyEncoding.KeyPart(cursor.Key).SequenceEqual(KeyEncoding.KeyPart(seek)) || StoredValue.IsTombstone(cursor.Value))
        {
            return null;
        }

        return new VersionedValue(StoredValue.ValueOf(cursor.Value).ToArray(), KeyEncoding.LsnOf(cursor.Key));
    }

    /// <summary>A view of all keys as they are now, unmoved by later writes. Dispose it soon: it keeps old data from being dropped.</summary>
    public StateView OpenView()
    {
        // Which family is active is read in the view too, so that it fits the watermark there, also while a snapshot is put in place.
        var snapshot = _engine.CreateSnapshot();
        return new StateView(_engine, snapshot, ToFamily(MetaIn(snapshot, MetaKeys.ActiveData)));
    }

    // A family is cleared after it has ceased to be active, so what was opened on one that still is active saw it whole.
    private IStorageCursor OpenActive()
    {
        while (true)
        {
            var family = _active;
            var cursor = _engine.OpenCursor(family);
            if (family == _active)
            {
                return cursor;
            }

            cursor.Dispose();
        }
    }
}

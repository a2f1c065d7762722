using System.Buffers.Binary;

namespace KvStore.Node.Storage;

/// <summary>
/// The keys of the <c>data</c> family: the user's key, escaped so that order and prefixes hold, then the complement of the
/// LSN, so that the versions of a key stand together with the newest first. A zero byte becomes 00 FF, the terminator is
/// 00 01: it sorts below every continuation of the key, and no escaped key contains it.
/// </summary>
internal static class KeyEncoding
{
    /// <summary>Bytes that follow the escaped key: terminator and LSN.</summary>
    public const int SuffixBytes = 2 + sizeof(long);

    /// <summary>The length of <see cref="WriteVersionKey"/>'s output for <paramref name="key"/>.</summary>
    public static int VersionKeyLength(ReadOnlySpan<byte> key) => key.Length + key.Count((byte)0) + SuffixBytes;

    /// <summary>
    /// Writes the key of the version of <paramref name="key"/> at <paramref name="lsn"/>. It is also where a search for
    /// "the newest version at or below <paramref name="lsn"/>" begins.
    /// </summary>
    /// <returns>The number of bytes written.</returns>
    public static int WriteVersionKey(ReadOnlySpan<byte> key, long lsn, Span<byte> destination)
    {
        var at = 0;
        foreach (var b in key)
        {
            destination[at++] = b;
            if (b == 0)
            {
                destination[at++] = 0xFF;
            }
        }

        destination[at++] = 0;
        destination[at++] = 1;
        BinaryPrimitives.WriteUInt64BigEndian(destination[at..], ~(ulong)lsn);
        return at + sizeof(long);
    }

    /// <summary>The version key of <paramref name="key"/> at <paramref name="lsn"/> in an array of its own.</summary>
    public static byte[] VersionKey(ReadOnlySpan<byte> key, long lsn)
    {
        var encoded = new byte[VersionKeyLength(key)];
        WriteVersionKey(key, lsn, encoded);
        return encoded;
    }

    /// <summary>The part of a version key that all versions of one key share.</summary>
    public static ReadOnlySpan<byte> KeyPart(ReadOnlySpan<byte> versionKey) => versionKey[..^sizeof(long)];

    /// <summary>The LSN of a version key.</summary>
    public static long LsnOf(ReadOnlySpan<byte> versionKey) =>
        (long)~BinaryPrimitives.ReadUInt64BigEndian(versionKey[^sizeof(long)..]);

    /// <summary>The user's key in a version key.</summary>
    /// <exception cref="StorageException">The bytes are not a version key.</exception>
    public static byte[] DecodeKey(ReadOnlySpan<byte> versionKey)
    {
        if (versionKey.Length < SuffixBytes || !versionKey[^SuffixBytes..].StartsWith((ReadOnlySpan<byte>)[0, 1]))
        {
            throw new StorageException("A row of the data family does not end as a version key does: the database is damaged.");
        }

        var escaped = versionKey[..^SuffixBytes];
        var key = new byte[escaped.Length];
        var length = 0;
        for (var at = 0; at < escaped.Length; at++)
        {
            key[length++] = escaped[at];
            at += escaped[at] == 0 ? 1 : 0;
        }

        return key[..length];
    }

    /// <summary>The key of the <c>log</c> family for <paramref name="lsn"/>.</summary>
    public static void WriteLogKey(long lsn, Span<byte> destination) => BinaryPrimitives.WriteInt64BigEndian(destination, lsn);

    /// <summary>The LSN of a key of the <c>log</c> family.</summary>
    public static long ReadLogKey(ReadOnlySpan<byte> logKey) => BinaryPrimitives.ReadInt64BigEndian(logKey);
}

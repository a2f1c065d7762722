namespace KvStore.Node.Storage;

/// <summary>The values of the <c>data</c> family: one byte that tells a value from a tombstone, then the value.</summary>
internal static class StoredValue
{
    private const byte Tombstone = 0;
    private const byte Value = 1;

    /// <summary>The row of a deleted key.</summary>
    public static ReadOnlySpan<byte> OfDelete => [Tombstone];

    /// <summary>Writes the row of a value; <paramref name="destination"/> is one byte longer than the value.</summary>
    public static void WritePut(ReadOnlySpan<byte> value, Span<byte> destination)
    {
        destination[0] = Value;
        value.CopyTo(destination[1..]);
    }

    /// <summary>Whether the row says that the key is deleted.</summary>
    public static bool IsTombstone(ReadOnlySpan<byte> row) => row[0] == Tombstone;

    /// <summary>The value in a row that is not a tombstone.</summary>
    public static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> row) => row[1..];
}

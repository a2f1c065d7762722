namespace KvStore.Tests.Storage;

/// <summary>Random keys out of bytes that an encoding trips over.</summary>
internal static class NastyKeys
{
    private static readonly byte[] Bytes = [0x00, 0x01, 0xFF, 0xFE, 0x61, 0x62];

    /// <summary>A key of 1 to 6 bytes.</summary>
    public static byte[] Next(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(10) == 0 ? (byte)random.Next(256) : Bytes[random.Next(Bytes.Length)])];
}

/// <summary>The order of byte strings: unsigned, and a prefix before what continues it.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}

using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>The bytes of keys and values: the same ones for every store.</summary>
internal sealed class KeysAndValues
{
    /// <summary>The length of each key, <c>key-000000000</c>.</summary>
    public const int KeyBytes = 13;

    private const int Digits = 9;
    private const int PoolBytes = 1 << 16;

    private readonly Random _random;
    private readonly byte[] _pool;

    /// <param name="valueBytes">The size of each value.</param>
    /// <param name="seed">Decides on the values.</param>
    public KeysAndValues(int valueBytes, int seed)
    {
        _random = new(seed);
        ValueBytes = valueBytes;
        // Letters and digits at random: a store that compresses finds no pattern, and JSON needs no escapes.
        _pool = new byte[PoolBytes + valueBytes];
        _random.GetItems("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8, _pool);
    }

    /// <summary>The size of each value.</summary>
    public int ValueBytes { get; }

    /// <summary>Writes a key.</summary>
    public static void WriteKey(Request request, Span<byte> to)
    {
        "key-"u8.CopyTo(to);
        var rest = request.Key;
        for (var i = KeyBytes - 1; i >= KeyBytes - Digits; i--)
        {
            to[i] = (byte)('0' + (rest % 10));
            rest /= 10;
        }
    }

    /// <summary>Writes a value, a different one each time.</summary>
    public void WriteValue(Span<byte> to) => _pool.AsSpan(_random.Next(PoolBytes), ValueBytes).CopyTo(to);
}

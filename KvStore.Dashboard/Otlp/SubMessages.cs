using Google.Protobuf.Reflection;

namespace KvStore.Dashboard.Otlp;

/// <summary>
/// Looks into a message before anything is made of it (BOUNDED): two bytes, an empty message within the message, become an object of
/// hundreds, so the bytes alone do not bound the memory.
/// </summary>
internal static class SubMessages
{
    private const int DepthMax = 128; // The parser itself refuses what is nested deeper than 100.

    /// <summary>Whether a message has more messages within it than it may. What cannot be read is left to the parser, which says why.</summary>
    /// <param name="bytes">The message in protobuf's encoding (https://protobuf.dev/programming-guides/encoding).</param>
    /// <param name="type">What it is.</param>
    /// <param name="max">How many there may be, over all levels.</param>
    public static bool AreMoreThan(int max, ReadOnlySpan<byte> bytes, MessageDescriptor type)
    {
        var left = max;
        Walk(bytes, type, ref left, depth: 0);
        return left < 0;
    }

    /// <summary>The same for JSON, by what separates its parts: each may become an object. Text that has such characters counts too.</summary>
    /// <param name="utf8">The message in JSON.</param>
    /// <param name="max">How many there may be in protobuf; JSON may have four parts for each.</param>
    public static bool AreMoreThanInJson(int max, ReadOnlySpan<byte> utf8) =>
        utf8.Count((byte)'{') + utf8.Count((byte)'[') + (long)utf8.Count((byte)',') > 4L * max;

    private static void Walk(ReadOnlySpan<byte> bytes, MessageDescriptor type, ref int left, int depth)
    {
        while (left >= 0 && TryReadVarint(ref bytes, out var tag))
        {
            var length = (tag & 7) switch
            {
                0 => TryReadVarint(ref bytes, out _) ? 0u : uint.MaxValue,
                1 => 8u,
                2 => TryReadVarint(ref bytes, out var read) ? read : uint.MaxValue,
                3 or 4 => 0u, // A group begins or ends: the parser passes over it, and what is in it counts here.
                5 => 4u,
                _ => uint.MaxValue,
            };
            if (length > (uint)bytes.Length)
            {
                return;
            }

            if ((tag & 7) == 2 && depth < DepthMax && type.FindFieldByNumber((int)(tag >> 3)) is { FieldType: FieldType.Message } field)
            {
                left--;
                Walk(bytes[..(int)length], field.MessageType, ref left, depth + 1);
            }

            bytes = bytes[(int)length..];
        }
    }

    // As the parser reads tags and lengths: 32 bits of up to ten bytes.
    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out uint value)
    {
        value = 0;
        for (var i = 0; i < Math.Min(bytes.Length, 10); i++)
        {
            value |= i < 5 ? (bytes[i] & 0x7Fu) << (7 * i) : 0;
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}

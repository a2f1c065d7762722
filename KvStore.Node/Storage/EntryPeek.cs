using Google.Protobuf;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Storage;

/// <summary>What of an encoded <see cref="Entry"/> can be told without decoding it, which would copy its key and its value.</summary>
internal readonly record struct EntryPeek(EntryKind Kind, bool HasIdempotencyKey)
{
    /// <summary>Looks at the fields of an entry.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an entry.</exception>
    public static EntryPeek Read(ReadOnlySpan<byte> entry)
    {
        var peek = default(EntryPeek);
        while (!entry.IsEmpty)
        {
            var tag = (uint)ReadVarint(ref entry);
            var field = WireFormat.GetTagFieldNumber(tag);
            var skipped = 0UL;
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint when field == Entry.KindFieldNumber:
                    peek = peek with { Kind = (EntryKind)ReadVarint(ref entry) };
                    break;
                case WireFormat.WireType.Varint:
                    ReadVarint(ref entry);
                    break;
                case WireFormat.WireType.LengthDelimited:
                    skipped = ReadVarint(ref entry);
                    peek = peek with { HasIdempotencyKey = peek.HasIdempotencyKey || (field == Entry.IdempotencyKeyFieldNumber && skipped > 0) };
                    break;
                case WireFormat.WireType.Fixed64:
                    skipped = sizeof(ulong);
                    break;
                case WireFormat.WireType.Fixed32:
                    skipped = sizeof(uint);
                    break;
                default:
                    throw NoEntry();
            }

            entry = skipped <= (ulong)entry.Length ? entry[(int)skipped..] : throw NoEntry();
        }

        return peek;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64 && !bytes.IsEmpty; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw NoEntry();
    }

    private static InvalidDataException NoEntry() => new("These bytes are not an entry.");
}

using Google.Protobuf;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Storage;

/// <summary>An entry together with its bytes, which are the same in the log and on the wire.</summary>
internal readonly record struct EncodedEntry(Entry Entry, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The entry's number.</summary>
    public long Lsn => Entry.Lsn;

    /// <summary>Encodes <paramref name="entry"/>.</summary>
    public static EncodedEntry Encode(Entry entry) => new(entry, entry.ToByteArray());

    /// <summary>Decodes an entry and checks that it says what every entry must say.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an entry.</exception>
    public static EncodedEntry Decode(ReadOnlyMemory<byte> bytes)
    {
        Entry entry;
        try
        {
            entry = Entry.Parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"These bytes are not an entry: {e.Message}", e);
        }

        var valid = entry is { Lsn: > 0, Epoch: not null, Key.Length: > 0, Kind: EntryKind.Put or EntryKind.Delete };
        return valid ? new EncodedEntry(entry, bytes) : throw new InvalidDataException("An entry lacks its LSN, epoch, kind or key.");
    }
}

using Google.Protobuf;
using KvStore.Node.Replication.Core;
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

/// <summary>Between the wire's messages and the core's values.</summary>
internal static class EpochMessages
{
    /// <summary>The epoch in a message; null when the message has none.</summary>
    public static Epoch? ToEpoch(this EpochMessage? message) => message is null ? null : new Epoch(message.Counter, message.RunId);

    /// <summary>The message for an epoch.</summary>
    public static EpochMessage ToMessage(this Epoch epoch) => new() { Counter = epoch.Counter, RunId = epoch.RunId };

    /// <summary>The snapshot in a message; null when the message has none.</summary>
    public static SnapshotInstall? ToInstall(this SnapshotProgress? message) => message?.Epoch.ToEpoch() is { } epoch
        ? new SnapshotInstall(epoch, message.Lsn, message.AfterKey.ToByteArray(), message.Rows)
        : null;

    /// <summary>The message for a snapshot that is being taken in.</summary>
    public static SnapshotProgress ToMessage(this SnapshotInstall install) => new()
    {
        Epoch = install.Epoch.ToMessage(),
        Lsn = install.Lsn,
        AfterKey = UnsafeByteOperations.UnsafeWrap(install.AfterKey),
        Rows = install.Rows,
    };
}

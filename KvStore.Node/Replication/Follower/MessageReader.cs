using System.Buffers;
using Google.Protobuf;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Follower;

/// <summary>Reads a leader's messages from their bytes.</summary>
internal static class MessageReader
{
    /// <summary>Reads a <see cref="Greeting"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static GreetingMessage ReadGreeting(ReadOnlySequence<byte> body)
    {
        var greeting = Parse(body, Greeting.Parser, "a greeting");
        var epochs = new EpochHistory(greeting.Epochs.Select(start => new EpochStart(new Epoch(start.Counter, start.RunId), start.AfterLsn, start.OnCopy)));
        return new GreetingMessage(ReadEnvelope(greeting.Envelope), epochs, greeting.LeaderLsn);
    }

    /// <summary>Reads a <see cref="ReplicateRequest"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are none, or what it brings are not entries.</exception>
    public static EntriesMessage ReadEntries(ReadOnlySequence<byte> body, DateTimeOffset receivedAt)
    {
        var request = Parse(body, ReplicateRequest.Parser, "a batch of entries");
        return new EntriesMessage(ReadEnvelope(request.Envelope), [.. request.Entries.Select(bytes => EncodedEntry.Decode(bytes.Memory))])
        {
            Traced = request.Traced,
            LeaderLsn = request.LeaderLsn,
            CutLsn = request.CutLsn,
            DurableLsn = request.DurableLsn,
            ReceivedAt = receivedAt,
            Size = body.Length,
        };
    }

    /// <summary>Reads a <see cref="SnapshotChunk"/>; its rows are not looked into.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static ChunkMessage ReadChunk(ReadOnlySequence<byte> body)
    {
        var chunk = Parse(body, SnapshotChunk.Parser, "a part of a snapshot");
        return new ChunkMessage(ReadEnvelope(chunk.Envelope), chunk);
    }

    private static T Parse<T>(ReadOnlySequence<byte> body, MessageParser<T> parser, string expected)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"The body is not {expected} of the replication protocol.", e);
        }
    }

    private static LeaderEnvelope ReadEnvelope(Envelope? envelope) =>
        envelope is { ClusterId.Length: > 0 } && envelope.Epoch.ToEpoch() is { Counter: > 0 } epoch
            ? new LeaderEnvelope(envelope.ClusterId, epoch, envelope.StoreId.Length == 0 ? null : envelope.StoreId)
            : throw new InvalidDataException("The body is not a message of the replication protocol: it does not name its cluster and its epoch.");
}

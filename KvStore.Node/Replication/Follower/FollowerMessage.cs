using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Follower;

/// <summary>Something that a follower is sent, on its way to the disk.</summary>
internal abstract class FollowerMessage
{
    /// <summary>The message's size, for the limits of a commit.</summary>
    public virtual long Bytes => 0;

    /// <summary>The storage failed: whether the message took effect is unknown.</summary>
    public abstract void Fail(StorageException failure);
}

/// <summary>A message with its answer.</summary>
internal abstract class FollowerMessage<TAnswer> : FollowerMessage
{
    // Whoever waits sends the answer, and nothing more, so the thread that answers does it in place.
    private readonly TaskCompletionSource<TAnswer> _done = new();

    /// <summary>Ends with the answer when what it says is on disk; faults with a <see cref="StorageException"/>.</summary>
    public Task<TAnswer> Done => _done.Task;

    /// <summary>Answers. The first answer counts. The answer is sent by the caller's thread, which must hold no lock.</summary>
    public void Answer(TAnswer answer) => _done.TrySetResult(answer);

    /// <inheritdoc />
    public override void Fail(StorageException failure) => _done.TrySetException(failure);
}

/// <summary>A leader asks who this is and what it holds.</summary>
internal sealed class GreetingMessage(LeaderEnvelope from, EpochHistory epochs, long leaderLsn) : FollowerMessage<GreetingAnswer>
{
    /// <summary>The leader.</summary>
    public LeaderEnvelope From { get; } = from;

    /// <summary>Where the epochs of its log begin.</summary>
    public EpochHistory Epochs { get; } = epochs;

    /// <summary>The leader's newest LSN.</summary>
    public long LeaderLsn { get; } = leaderLsn;
}

/// <summary>A leader sends entries. The answer is null when every one is on disk, or else the refusal of all.</summary>
internal sealed class EntriesMessage(LeaderEnvelope from, IReadOnlyList<EncodedEntry> entries) : FollowerMessage<Refusal?>
{
    /// <summary>The leader.</summary>
    public LeaderEnvelope From { get; } = from;

    /// <summary>The entries.</summary>
    public IReadOnlyList<EncodedEntry> Entries { get; } = entries;

    /// <summary>The lowest LSN among them; null when there are none.</summary>
    public long? LowestLsn => Entries.Count == 0 ? null : Entries.Min(entry => entry.Lsn);

    /// <summary>The spans of those whose trace is sampled.</summary>
    public IReadOnlyList<TracedEntry> Traced { get; init; } = [];

    /// <summary>The leader's newest LSN.</summary>
    public required long LeaderLsn { get; init; }

    /// <summary>The leader has everything up to here on its disk.</summary>
    public long DurableLsn { get; init; }

    /// <summary>How far the leader lets the log be cut.</summary>
    public long CutLsn { get; init; }

    /// <summary>When the message had arrived.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The size of the message.</summary>
    public required long Size { get; init; }

    /// <inheritdoc />
    public override long Bytes => Size;
}

/// <summary>A leader sends a part of a snapshot. The answer is null when it was taken in, or its refusal.</summary>
internal sealed class ChunkMessage(LeaderEnvelope from, SnapshotChunk chunk) : FollowerMessage<Refusal?>
{
    /// <summary>The leader.</summary>
    public LeaderEnvelope From { get; } = from;

    /// <summary>The part.</summary>
    public SnapshotChunk Chunk { get; } = chunk;

    /// <inheritdoc />
    public override long Bytes => Chunk.Rows.Length;
}

/// <summary>Somebody writes a version by hand, outside any cluster. The answer is null when it is on disk, or the reason of its refusal.</summary>
internal sealed class StandaloneMessage(byte[] key, byte[] value, long version) : FollowerMessage<string?>
{
    /// <summary>The key's bytes.</summary>
    public byte[] Key { get; } = key;

    /// <summary>The value's bytes.</summary>
    public byte[] Value { get; } = value;

    /// <summary>Takes the place of the LSN.</summary>
    public long Version { get; } = version;
}

using Google.Protobuf;
using KvStore.Node.Configuration;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>A part of a snapshot, ready to be sent.</summary>
/// <param name="Body">The encoded <see cref="SnapshotChunk"/>.</param>
/// <param name="Reached">Where the snapshot is once the follower has taken it in.</param>
/// <param name="IsLast">Whether it completes the snapshot.</param>
internal sealed record OutgoingChunk(PooledBody Body, SnapshotPosition Reached, bool IsLast);

/// <summary>Makes the messages of one lane out of what the lane decides, and reads the answers.</summary>
internal sealed class LaneMessages(
    int lane, LeaderEnvelope leader, EpochHistory epochs, Uri address, Replicator replicator, ReplicaStore store, NodeLimits limits, ILogger logger)
{
    // Past so many entries that are not wanted, seeking in the log is cheaper than reading over them.
    private const int GapMax = 64;

    private static readonly uint EntriesTag = WireFormat.MakeTag(ReplicateRequest.EntriesFieldNumber, WireFormat.WireType.LengthDelimited);
    private static readonly int EntriesTagSize = CodedOutputStream.ComputeTagSize(ReplicateRequest.EntriesFieldNumber);

    /// <summary>The follower that answered last; null before.</summary>
    public FollowerIdentity? Follower { get; private set; }

    /// <summary>The follower's name: its node id, or its address until it has said one.</summary>
    public string Name => Follower?.NodeId ?? address.ToString();

    /// <summary>Asks a follower who it is and what it holds.</summary>
    public byte[] Greeting()
    {
        var greeting = new Greeting { Envelope = Envelope(storeId: null), LeaderLsn = replicator.Read(core => core.NewestLsn) };
        greeting.Epochs.AddRange(epochs.Starts.Select(start => new EpochStartMessage
        {
            Counter = start.Epoch.Counter,
            RunId = start.Epoch.RunId,
            AfterLsn = start.AfterLsn,
            OnCopy = start.IsOnCopy,
        }));
        return greeting.ToByteArray();
    }

    /// <summary>Reads the answer to a greeting, and remembers who gave it.</summary>
    public GreetingReply ReadAnswer(GreetingAnswer answer)
    {
        var reply = new GreetingReply(
            new FollowerIdentity(answer.NodeId, answer.StoreId),
            answer.ClusterId.Length == 0 ? null : answer.ClusterId,
            answer.Epoch.ToEpoch(),
            new LsnRangeSet(answer.Holdings.Select(range => new LsnRange(range.Start, range.End))),
            answer.Refusal is null ? null : (FollowerRefusal)answer.Refusal.Reason,
            answer.Refusal?.Detail,
            answer.Snapshot.ToInstall(),
            answer.GivesUpTail);
        if (reply.Refusal is null)
        {
            Remember(reply.Follower);
        }

        return reply;
    }

    /// <summary>The entries of a batch, as many as fit into one message and at least one.</summary>
    /// <exception cref="StorageException">The log does not hold an entry that the follower lacks.</exception>
    public List<OutgoingEntry> Collect(LaneBatch batch)
    {
        var entries = new List<OutgoingEntry>(batch.Lsns.Count);
        long bytes = 0;
        using var log = new LogReader(replicator);
        foreach (var lsn in batch.Lsns)
        {
            var entry = replicator.FindRecent(lsn) ?? log.Read(lsn)
                ?? throw new StorageException($"The leader's log has no entry {lsn}, which {Name} lacks.");
            bytes += entry.Bytes.Length;
            if (entries.Count > 0 && bytes > limits.BatchBytesMax)
            {
                break;
            }

            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>The message that brings entries; those are encoded already, and their bytes go into it as they are.</summary>
    public PooledBody Replicate(IReadOnlyList<OutgoingEntry> entries, IReadOnlyList<TracedEntry> traced)
    {
        var (newestLsn, durableLsn, cutLsn) = replicator.Tell(lane);
        var header = new ReplicateRequest
        {
            Envelope = Envelope(Follower!.StoreId),
            LeaderLsn = newestLsn,
            CutLsn = cutLsn,
            DurableLsn = PlantedBugs.Has(PlantedBug.DurableToldEarly) ? newestLsn : durableLsn,
        };
        header.Traced.AddRange(traced);
        var headerSize = header.CalculateSize();
        var size = headerSize;
        foreach (var entry in entries)
        {
            size += EntriesTagSize + CodedOutputStream.ComputeLengthSize(entry.Bytes.Length) + entry.Bytes.Length;
        }

        var body = PooledBody.Rent(size);
        var rest = body.Memory.Span;
        header.WriteTo(rest[..headerSize]);
        rest = rest[headerSize..];
        foreach (var entry in entries)
        {
            rest = WriteVarint(WriteVarint(rest, EntriesTag), (uint)entry.Bytes.Length);
            entry.Bytes.Span.CopyTo(rest);
            rest = rest[entry.Bytes.Length..];
        }

        return body;
    }

    /// <summary>The part of the snapshot that follows a position; null when the snapshot was given up.</summary>
    public OutgoingChunk? Chunk(SnapshotPosition position)
    {
        if (replicator.ReadSnapshot(position, limits.SnapshotPartBytesMax) is not { } part)
        {
            return null;
        }

        var reached = position with
        {
            AfterKey = part.Rows is [.., var last] ? last.Key : position.AfterKey,
            Rows = position.Rows + part.Rows.Count,
        };
        var chunk = new SnapshotChunk
        {
            Envelope = Envelope(Follower!.StoreId),
            LeaderLsn = replicator.Read(core => core.NewestLsn),
            SnapshotLsn = position.Lsn,
            AfterKey = UnsafeByteOperations.UnsafeWrap(position.AfterKey),
            IsLast = part.IsLast,
            RowsTotal = part.IsLast ? reached.Rows : 0,
        };
        SnapshotChunks.WriteRows(chunk, part.Rows);
        return new OutgoingChunk(PooledBody.Of(chunk), reached, part.IsLast);
    }

    private Envelope Envelope(string? storeId) => new()
    {
        ClusterId = leader.ClusterId,
        Epoch = leader.Epoch.ToMessage(),
        StoreId = storeId ?? "",
    };

    // Returns what follows. An encoded entry goes into the message as it is, which Protobuf's own writer does only through a stream.
    private static Span<byte> WriteVarint(Span<byte> to, uint value)
    {
        var i = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[i++] = (byte)(value | 0x80);
        }

        to[i++] = (byte)value;
        return to[i..];
    }

    // The store id tells a wiped follower from a new one, also after the leader's own restart.
    private void Remember(FollowerIdentity follower)
    {
        var oldStore = store.GetFollowerStore(follower.NodeId);
        if (oldStore != follower.StoreId)
        {
            store.PersistFollowerStore(follower.NodeId, follower.StoreId);
            if (oldStore is null)
            {
                logger.FollowerNew(follower.NodeId, follower.StoreId);
            }
            else
            {
                logger.FollowerWiped(follower.NodeId, follower.StoreId, oldStore);
            }
        }

        Follower = follower;
    }

    // Reads the log forward, seeking only over large gaps.
    private sealed class LogReader(Replicator replicator) : IDisposable
    {
        private IEnumerator<OutgoingEntry>? _log;
        private long _at;

        public OutgoingEntry? Read(long lsn)
        {
            if (_log is null || lsn - _at > GapMax)
            {
                _log?.Dispose();
                _log = replicator.ReadLog(lsn).GetEnumerator();
                _at = lsn - 1;
            }

            while (_at < lsn)
            {
                if (!_log.MoveNext())
                {
                    return null;
                }

                _at = _log.Current.Lsn;
            }

            return _at == lsn ? _log.Current : null;
        }

        public void Dispose() => _log?.Dispose();
    }
}

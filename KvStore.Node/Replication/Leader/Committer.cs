using Google.Protobuf;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// Gives writes their numbers and makes them durable, a batch with one fsync at a time (ORDER, DURABLE), and hands them to
/// replication only then (VISIBLE).
/// </summary>
/// <remarks>One thread at a time calls <see cref="Commit"/>.</remarks>
internal sealed class Committer
{
    private readonly ReplicaStore _store;
    private readonly Replicator _replicator;
    private readonly LeaderSettings _settings;
    private readonly Epoch _epoch;
    private readonly int _followers;
    private readonly NodeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private long _lastLsn;

    /// <summary>Begins after <paramref name="lastLsn"/>.</summary>
    public Committer(
        ReplicaStore store, Replicator replicator, LeaderSettings settings, Epoch epoch, int followers, long lastLsn, NodeMetrics metrics,
        TimeProvider time, Random random, ILogger logger)
    {
        (_store, _replicator, _settings, _epoch, _followers, _lastLsn) = (store, replicator, settings, epoch, followers, lastLsn);
        (_metrics, _time, _random, _logger) = (metrics, time, random, logger);
    }

    /// <summary>Why no write can be made durable any more; null while all is well.</summary>
    public string? Failure => _store.Failure is { } failure ? $"The leader's disk failed ({failure}): restart the node when that is mended." : null;

    /// <summary>Commits the writes that wait, and completes those that end here; the others are completed by their quorum.</summary>
    public void Commit(IReadOnlyList<PendingWrite> waiting)
    {
        // The reasons that a write is refused at the door hold for those that were let in just before.
        if ((Failure ?? (_replicator.Objections() is [var objection, ..] ? objection : null)) is { } refusal)
        {
            Complete(waiting.Where(write => write.TryWithdraw()), new WriteOutcome.Rejected(refusal));
            return;
        }

        var startedAt = _time.GetUtcNow();
        var timestamp = _time.GetTimestamp();
        var writes = new List<PendingWrite>(waiting.Count);
        var entries = new List<EncodedEntry>(waiting.Count);
        Dictionary<string, int>? named = null; // Few writes have an idempotency key.
        var repetitions = new List<(PendingWrite Write, int Of)>();
        foreach (var write in waiting)
        {
            if (write.IdempotencyKey is { } name && named is not null && named.TryGetValue(name, out var first))
            {
                repetitions.Add((write, first));
                continue;
            }

            try
            {
                if (IsRepetition(write))
                {
                    continue;
                }

                if (write.Kind == EntryKind.Delete && !Exists(write.Key, writes))
                {
                    write.Complete(new WriteOutcome.KeyNotFound());
                    continue;
                }
            }
            catch (StorageException e)
            {
                // What must be read first is on a damaged part of the disk.
                Complete([write], new WriteOutcome.Rejected(e.Message));
                continue;
            }

            if (write.TryNumber())
            {
                writes.Add(write);
                entries.Add(Encode(write, _lastLsn + writes.Count, startedAt));
                if (write.IdempotencyKey is { } key)
                {
                    (named ??= []).Add(key, entries.Count - 1);
                }
            }
        }

        if (writes.Count == 0)
        {
            return;
        }

        if (PlantedBugs.Has(PlantedBug.SendBeforeFsync))
        {
            Replicate(writes, entries, startedAt);
        }

        try
        {
            var (commitLsn, marks) = _replicator.Mark(entries, startedAt);
            _store.Append(entries, watermarkBound: _lastLsn, commitLsn, marks);
        }
        catch (StorageException e)
        {
            // Nobody knows what of the batch is on disk. Its numbers were told to nobody; the log says, when it is
            // reopened, whether they are taken.
            _logger.CommitFailed(e);
            CommitSpans.Record(writes, entries, startedAt, _time.GetUtcNow(), e.Message);
            var alike = repetitions.Where(repetition => repetition.Write.TryNumber()).Select(repetition => repetition.Write);
            Complete([.. writes, .. alike], new WriteOutcome.Unknown(null, 0, "the leader's own commit failed"));
            return;
        }

        _lastLsn += writes.Count;
        _metrics.FsyncDuration.Record(_time.GetElapsedTime(timestamp).TotalSeconds);
        _metrics.BatchSize.Record(writes.Count);
        if (!PlantedBugs.Has(PlantedBug.SendBeforeFsync))
        {
            Replicate(writes, entries, startedAt);
        }

        // Those whose first stands in the same batch: it is on disk only now.
        repetitions.ForEach(repetition => Repeat(repetition.Write, entries[repetition.Of].Entry));
    }

    private bool IsRepetition(PendingWrite write)
    {
        if (write.IdempotencyKey is not { } key || _store.FindIdempotent(key) is not { } lsn || _store.ReadEntry(lsn) is not { Entry: var entry })
        {
            return false;
        }

        Repeat(write, entry);
        return true;
    }

    // A write whose idempotency key the log knows is that earlier write: it has the earlier one's number and waits for its quorum.
    private void Repeat(PendingWrite write, Entry earlier)
    {
        if (!write.TryNumber())
        {
            return; // Its client left, or its time ran out.
        }

        if (earlier.Kind == write.Kind && earlier.Key.Span.SequenceEqual(write.Key) && earlier.Value.Span.SequenceEqual(write.Value))
        {
            write.Repeats(earlier.WriteQuorum, earlier.Epoch.Counter);
            _replicator.AwaitEarlier(write, earlier.Lsn, earlier.WriteQuorum);
        }
        else
        {
            write.Complete(new WriteOutcome.KeyReused(earlier.Lsn));
        }
    }

    private void Replicate(List<PendingWrite> writes, List<EncodedEntry> entries, DateTimeOffset startedAt)
    {
        var committedAt = _time.GetUtcNow();
        var lag = _settings.Lag;
        var outgoing = new List<OutgoingEntry>(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            TimeSpan[]? delays = null;
            if (!lag.IsNone)
            {
                delays = [.. Enumerable.Range(0, _followers).Select(_ => lag.Draw(_random))];
                writes[i].Delays = delays;
                writes[i].WthSmallestLag = delays.Order().ElementAt(writes[i].WriteQuorum - 1);
            }

            outgoing.Add(new OutgoingEntry(entries[i].Lsn, entries[i].Bytes, entries[i].Entry.TraceContext.Memory, committedAt, delays));
        }

        CommitSpans.Record(writes, entries, startedAt, committedAt, error: null);
        _replicator.Appended(outgoing, writes);
    }

    // A batch may hold an earlier write of the same key, which is not readable yet.
    private bool Exists(byte[] key, List<PendingWrite> earlier)
    {
        var last = earlier.FindLast(write => write.Key.AsSpan().SequenceEqual(key));
        return last is null ? _store.Read(key) is not null : last.Kind == EntryKind.Put;
    }

    private EncodedEntry Encode(PendingWrite write, long lsn, DateTimeOffset committedAt) => EncodedEntry.Encode(new Entry
    {
        Lsn = lsn,
        Epoch = _epoch.ToMessage(),
        Kind = write.Kind,
        Key = UnsafeByteOperations.UnsafeWrap(write.Key),
        Value = UnsafeByteOperations.UnsafeWrap(write.Value),
        WriteQuorum = write.WriteQuorum,
        CommittedAtUnixMs = committedAt.ToUnixTimeMilliseconds(),
        TraceContext = UnsafeByteOperations.UnsafeWrap(NodeTracing.ToBytes(write.Trace)),
        IdempotencyKey = write.IdempotencyKey ?? "",
    });

    private static void Complete(IEnumerable<PendingWrite> writes, WriteOutcome outcome)
    {
        foreach (var write in writes)
        {
            write.Complete(outcome);
        }
    }
}

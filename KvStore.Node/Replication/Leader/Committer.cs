using Google.Protobuf;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>Writes that have their numbers, and may be on their way to the followers, but are not on the leader's disk yet.</summary>
/// <param name="Writes">The writes.</param>
/// <param name="Entries">Their entries, in the same order.</param>
/// <param name="Repetitions">Further writes with an idempotency key of one among them, each with that one's place.</param>
/// <param name="CommitLsn">The commit LSN as of now.</param>
/// <param name="Marks">The marks of the log that fall among the entries.</param>
/// <param name="StartedAt">When the commit began.</param>
/// <param name="IsSent">Whether replication has them already.</param>
internal sealed record OpenCommit(
    IReadOnlyList<PendingWrite> Writes, IReadOnlyList<EncodedEntry> Entries, IReadOnlyList<(PendingWrite Write, int Of)> Repetitions, long CommitLsn,
    IReadOnlyList<LogMark> Marks, DateTimeOffset StartedAt, bool IsSent);

/// <summary>
/// Gives writes their numbers, hands them to replication, and makes them durable, a batch with one fsync at a time (ORDER,
/// DURABLE). The followers' fsyncs run beside the leader's own, and a write is answered when both have ended (QUORUM).
/// </summary>
/// <remarks>One thread at a time calls <see cref="Begin"/> and then <see cref="End"/>.</remarks>
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

    /// <summary>
    /// Gives the writes that wait their numbers, completes those that need none, and sends the others to the followers.
    /// </summary>
    /// <returns>What <see cref="End"/> makes durable; null for nothing.</returns>
    public OpenCommit? Begin(IReadOnlyList<PendingWrite> waiting)
    {
        // The reasons that a write is refused at the door hold for those that were let in just before.
        if ((Failure ?? (_replicator.Objections() is [var objection, ..] ? objection : null)) is { } refusal)
        {
            Complete(waiting.Where(write => write.TryWithdraw()), new WriteOutcome.Rejected(refusal));
            return null;
        }

        var startedAt = _time.GetUtcNow();
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
            return null;
        }

        var (commitLsn, marks) = _replicator.Mark(entries, startedAt);
        var isSent = Replicate(writes, entries, startedAt, areDurable: false);
        if (PlantedBugs.Has(PlantedBug.AnsweredBeforeOwnFsync))
        {
            _replicator.Durable(writes);
        }

        return new OpenCommit(writes, entries, repetitions, commitLsn, marks, startedAt, isSent);
    }

    /// <summary>Makes durable what <see cref="Begin"/> has numbered. Its writes are completed by their quorum, or here if that was faster.</summary>
    public void End(OpenCommit commit)
    {
        var (writes, entries, repetitions, commitLsn, marks, startedAt, isSent) = commit;
        var timestamp = _time.GetTimestamp();
        try
        {
            _store.Append(entries, watermarkBound: _lastLsn, commitLsn, leaderDurable: null, marks);
        }
        catch (StorageException e)
        {
            // Nobody knows what of the batch is on disk, and clients are not told its numbers. The next epoch begins where the log
            // then ends, and followers give up what lies above that.
            _logger.CommitFailed(e);
            CommitSpans.Record(writes, entries, startedAt, _time.GetUtcNow(), e.Message);
            _replicator.CommitFailed(writes);
            var alike = repetitions.Where(repetition => repetition.Write.TryNumber()).Select(repetition => repetition.Write);
            Complete([.. writes, .. alike], new WriteOutcome.Unknown(null, 0, "the leader's own commit failed"));
            return;
        }

        _lastLsn += writes.Count;
        _metrics.FsyncDuration.Record(_time.GetElapsedTime(timestamp).TotalSeconds);
        _metrics.BatchSize.Record(writes.Count);
        CommitSpans.Record(writes, entries, startedAt, _time.GetUtcNow(), error: null);
        if (!isSent)
        {
            Replicate(writes, entries, startedAt, areDurable: true);
        }

        if (!PlantedBugs.Has(PlantedBug.AnsweredBeforeOwnFsync))
        {
            _replicator.Durable(writes);
        }

        // Those whose first stands in the same batch: it is on disk only now.
        foreach (var (write, of) in repetitions)
        {
            Repeat(write, entries[of].Entry);
        }
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

    private bool Replicate(IReadOnlyList<PendingWrite> writes, IReadOnlyList<EncodedEntry> entries, DateTimeOffset startedAt, bool areDurable)
    {
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

            outgoing.Add(new OutgoingEntry(entries[i].Lsn, entries[i].Bytes, entries[i].Entry.TraceContext.Memory, startedAt, delays));
        }

        if (!_replicator.Numbered(outgoing, writes, areDurable))
        {
            return false;
        }

        // This thread sends as well: what the followers do after it takes longer than this node's own fsync, which may wait.
        _replicator.WakeAll();
        return true;
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

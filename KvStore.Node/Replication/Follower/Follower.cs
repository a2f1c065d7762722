using System.Diagnostics;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <summary>What the API shows of a follower.</summary>
internal sealed record FollowerStatus(
    FollowerIdentity Identity, string? ClusterId, Epoch? Epoch, bool IsStandalone, long Watermark, IReadOnlyList<LsnRange> Holdings,
    long HeldEntries, long LeaderLsn, TimeSpan? SinceContact);

/// <summary>
/// The follower: whatever messages came in during the last fsync are checked and written together, with one fsync, and only
/// then confirmed (DURABLE).
/// </summary>
internal sealed class Follower : IDisposable
{
    private static readonly GroupCommitThread<FollowerMessage>.Limits Limits = new(QueueMax: 64, BatchItemsMax: 64, BatchBytesMax: 16 << 20);

    private readonly Lock _gate = new();
    private readonly ReplicaStore _store;
    private readonly FollowerCore _core;
    private readonly NodeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<Follower> _logger;
    private readonly GroupCommitThread<FollowerMessage> _thread;
    private string? _lastRefusal;
    private long _leaderLsn;
    private long? _lastContact;
    private volatile string? _failure;

    /// <summary>Works out from the log what the store holds, and begins to take messages.</summary>
    public Follower(NodeOptions options, ReplicaStore store, NodeMetrics metrics, TimeProvider time, ILogger<Follower> logger)
    {
        (_store, _metrics, _time, _logger) = (store, metrics, time, logger);
        var identity = new FollowerIdentity(options.NodeId, store.StoreId);
        _core = new FollowerCore(identity, store.ClusterId, store.Epoch, store.IsStandalone, store.ReadHoldings());
        _thread = new GroupCommitThread<FollowerMessage>("apply", Limits, message => message.Bytes, Commit);
        metrics.Meter.CreateObservableGauge("kvstore.commit.queue.length", () => _thread.QueueLength, "{message}", "Messages that wait for their commit.");
    }

    /// <summary>Whether this node can take entries.</summary>
    public NodeHealth Health() => _failure is { } failure ? new NodeHealth(false, [failure]) : new NodeHealth(true, []);

    /// <summary>What this follower holds and whom it follows.</summary>
    public FollowerStatus Status()
    {
        lock (_gate)
        {
            return new FollowerStatus(
                _core.Identity, _core.ClusterId, _core.Epoch, _core.IsStandalone, _core.Holdings.Watermark, [.. _core.Holdings.Ranges],
                _core.Holdings.Count, _leaderLsn, _lastContact is { } at ? _time.GetElapsedTime(at) : null);
        }
    }

    /// <summary>Hands a message over; its answer comes when it is on disk, refused, or has failed.</summary>
    /// <returns>False when too many messages wait, or the node stops.</returns>
    public bool TryEnqueue(FollowerMessage message) => _thread.TryEnqueue(message);

    /// <inheritdoc />
    public void Dispose() => _thread.Dispose();

    private void Commit(IReadOnlyList<FollowerMessage> messages)
    {
        var accepted = new List<EntriesMessage>();
        var batch = new Dictionary<long, EncodedEntry>();
        try
        {
            foreach (var message in messages)
            {
                if (_failure is { } failure)
                {
                    throw new StorageException(failure);
                }

                switch (message)
                {
                    case EntriesMessage entries:
                        Admit(entries, accepted, batch);
                        break;
                    case GreetingMessage greeting:
                        Write(accepted, batch); // Entries that came before a newer leader are its predecessor's.
                        Greet(greeting);
                        break;
                    case StandaloneMessage standalone:
                        WriteStandalone(standalone);
                        break;
                }
            }

            Write(accepted, batch);
        }
        catch (StorageException e)
        {
            if (_failure is null)
            {
                _logger.FollowerCommitFailed(e);
                _failure = $"The follower's disk failed: {e.Message} Restart the node when that is mended.";
            }

            foreach (var message in messages)
            {
                message.Fail(e);
            }
        }
    }

    private void Admit(EntriesMessage message, List<EntriesMessage> accepted, Dictionary<long, EncodedEntry> batch)
    {
        lock (_gate)
        {
            if (_core.Sent(message.From, message.LowestLsn) is { } refusal)
            {
                message.Answer(Describe(refusal, message.From));
                return;
            }

            HeardFromLeader(message.LeaderLsn);
            foreach (var entry in message.Entries)
            {
                if (_core.Lacks(entry.Lsn))
                {
                    batch.TryAdd(entry.Lsn, entry);
                }
            }
        }

        accepted.Add(message);
    }

    private void Write(List<EntriesMessage> accepted, Dictionary<long, EncodedEntry> batch)
    {
        if (batch.Count > 0)
        {
            var startedAt = _time.GetTimestamp();
            _store.Append([.. batch.Values], watermarkBound: _core.Holdings.Watermark);
            _metrics.FsyncDuration.Record(_time.GetElapsedTime(startedAt).TotalSeconds);
            _metrics.BatchSize.Record(batch.Count);
            lock (_gate)
            {
                foreach (var lsn in batch.Keys)
                {
                    _core.EntryPersisted(lsn);
                }
            }
        }

        foreach (var message in accepted)
        {
            RecordSpans(message, batch);
            message.Answer(null);
        }

        accepted.Clear();
        batch.Clear();
    }

    private void Greet(GreetingMessage greeting)
    {
        var refusal = _core.Greeted(greeting.From);
        if (refusal is null && _core.MustPersist(greeting.From))
        {
            _store.PersistEpoch(greeting.From.ClusterId, greeting.From.Epoch);
            lock (_gate)
            {
                _core.EpochPersisted(greeting.From);
            }

            _logger.Following(greeting.From.ClusterId, greeting.From.Epoch.ToString());
        }

        if (refusal is null)
        {
            HeardFromLeader(greeting.LeaderLsn);
        }

        greeting.Answer(Introduce(refusal is { } reason ? Describe(reason, greeting.From) : null));
    }

    private void HeardFromLeader(long leaderLsn)
    {
        lock (_gate)
        {
            (_leaderLsn, _lastContact) = (leaderLsn, _time.GetTimestamp());
        }
    }

    private GreetingAnswer Introduce(Refusal? refusal)
    {
        var answer = new GreetingAnswer
        {
            Refusal = refusal,
            NodeId = _core.Identity.NodeId,
            StoreId = _core.Identity.StoreId,
            ClusterId = _core.ClusterId ?? "",
            Epoch = _core.Epoch?.ToMessage(),
        };
        answer.Holdings.AddRange(_core.Holdings.Ranges.Select(range => new LsnRangeMessage { Start = range.Start, End = range.End }));
        return answer;
    }

    private void WriteStandalone(StandaloneMessage message)
    {
        if (_core.ClusterId is { } cluster)
        {
            message.Answer($"This follower belongs to cluster {cluster} and takes entries from its leader only.");
            return;
        }

        if (!_core.IsStandalone)
        {
            _logger.BecameStandalone();
        }

        _store.PutStandalone(message.Key, message.Value, message.Version);
        lock (_gate)
        {
            _core.StandalonePersisted();
        }

        message.Answer(null);
    }

    private Refusal Describe(FollowerRefusal reason, LeaderEnvelope from)
    {
        var id = _core.Identity;
        var detail = reason switch
        {
            FollowerRefusal.OlderEpoch => $"{id.NodeId} follows epoch {_core.Epoch}; epoch {from.Epoch} is older.",
            FollowerRefusal.SameCounterOtherRun => $"{id.NodeId} follows epoch {_core.Epoch}; epoch {from.Epoch} is another process with the same counter.",
            FollowerRefusal.OtherCluster => $"{id.NodeId} holds data of cluster {_core.ClusterId}, and the leader's cluster is {from.ClusterId}.",
            FollowerRefusal.OtherStore => $"{id.NodeId} has store {id.StoreId}; the message is for store {from.StoreId}.",
            FollowerRefusal.NotGreeted => $"{id.NodeId} has not been greeted by epoch {from.Epoch}.",
            FollowerRefusal.Standalone => $"{id.NodeId} took entries by hand and belongs to no cluster: empty its DATA_DIR to let it follow.",
            FollowerRefusal.TooManyRanges => $"{id.NodeId} has {_core.Holdings.Ranges.Count} gaps in what it holds: send what it lacks first.",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };
        if (detail != _lastRefusal)
        {
            _lastRefusal = detail;
            _logger.MessageRefused(from.Epoch.ToString(), from.ClusterId, detail);
        }

        return new Refusal { Reason = (RefusalReason)reason, Detail = detail, Epoch = _core.Epoch?.ToMessage() };
    }

    // The span hangs under the leader's span for this follower, whose id the message brings; the trace is the entry's own.
    private static void RecordSpans(EntriesMessage message, Dictionary<long, EncodedEntry> batch)
    {
        foreach (var traced in message.Traced)
        {
            var entry = message.Entries.FirstOrDefault(item => item.Lsn == traced.Lsn).Entry;
            if (entry is null || entry.TraceContext.Length != NodeTracing.ContextBytes || traced.SpanId.Length != 8)
            {
                continue;
            }

            var parent = NodeTracing.ToContext([.. entry.TraceContext.Span[..16], .. traced.SpanId.Span]);
            using var span = NodeTracing.Start("apply", ActivityKind.Server, parent, message.ReceivedAt);
            span?.SetTag("kvstore.lsn", entry.Lsn);
            span?.SetTag("kvstore.batch.entries", batch.Count);
            span?.SetTag("kvstore.result", batch.ContainsKey(entry.Lsn) ? "written" : "held already");
        }
    }
}

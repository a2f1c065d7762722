using KvStore.Node.Configuration;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <summary>What the API shows of a follower.</summary>
internal sealed record FollowerStatus(
    FollowerIdentity Identity, string? ClusterId, Epoch? Epoch, bool IsStandalone, long Watermark, IReadOnlyList<LsnRange> Holdings,
    long HeldEntries, long LeaderLsn, TimeSpan? SinceContact, long CutLsn, SnapshotInstall? Install);

/// <summary>
/// The follower without its threads: whatever messages came in during the last fsync are checked and written together, with
/// one fsync, and only then confirmed (DURABLE).
/// </summary>
/// <remarks><see cref="Commit"/> is called by one thread at a time; everything else may come from any.</remarks>
internal sealed partial class FollowerReplica
{
    private readonly Lock _gate = new();
    private readonly ReplicaStore _store;
    private readonly FollowerCore _core;
    private readonly NodeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private string? _lastRefusal;
    private long _leaderLsn;
    private long _leaderCut;
    private long? _lastContact;
    private bool _isFailureLogged;
    private bool _hasReplacedState;
    private bool _isDurableNoted = true;

    /// <summary>Works out from the log what the store holds.</summary>
    public FollowerReplica(NodeOptions options, ReplicaStore store, NodeMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_store, _metrics, _time, _logger) = (store, metrics, time, logger);
        var identity = new FollowerIdentity(options.NodeId, store.StoreId);
        _core = new FollowerCore(identity, store.ClusterId, store.Epoch, store.IsStandalone, store.ReadHoldings(), store.LeaderDurable, store.Install,
            options.Limits.GapsMax, store.Epochs);
    }

    /// <summary>Why nothing can be made durable any more; null while all is well.</summary>
    public string? Failure => _store.Failure is { } failure ? $"The follower's disk failed ({failure}): restart the node when that is mended." : null;

    /// <summary>What this follower holds and whom it follows.</summary>
    public FollowerStatus Status()
    {
        lock (_gate)
        {
            return new FollowerStatus(
                _core.Identity, _core.ClusterId, _core.Epoch, _core.IsStandalone, _core.Holdings.Watermark, [.. _core.Holdings.Ranges],
                _core.Holdings.Count, _leaderLsn, _lastContact is { } at ? _time.GetElapsedTime(at) : null, _store.CutLsn, _core.Install);
        }
    }

    /// <summary>
    /// Cuts a part of the log that the leader lets go (see <see cref="ReplicaStore.Cut"/>), and gives back the space of the
    /// state that a snapshot has replaced.
    /// </summary>
    /// <returns>Whether there is more to cut.</returns>
    public bool CutLog()
    {
        if (Interlocked.Exchange(ref _hasReplacedState, false))
        {
            _store.ReclaimReplacedState();
        }

        long target;
        lock (_gate)
        {
            target = _core.CutTarget(_leaderCut);
        }

        return _store.Cut(target);
    }

    /// <summary>Takes messages: each is answered when what it says is on disk, or refused, or fails with the storage.</summary>
    public void Commit(IReadOnlyList<FollowerMessage> messages)
    {
        var accepted = new List<EntriesMessage>();
        var batch = new Dictionary<long, EncodedEntry>();
        try
        {
            foreach (var message in messages)
            {
                if (Failure is { } failure)
                {
                    throw new StorageException(failure);
                }

                if (message is EntriesMessage entries)
                {
                    Admit(entries, accepted, batch);
                    continue;
                }

                // Entries that came before a newer leader are its predecessor's; those before a snapshot go into it.
                Write(accepted, batch);
                switch (message)
                {
                    case GreetingMessage greeting:
                        Greet(greeting);
                        break;
                    case ChunkMessage chunk:
                        chunk.Answer(TakeIn(chunk));
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
            if (!_isFailureLogged)
            {
                _isFailureLogged = true;
                _logger.FollowerCommitFailed(e);
            }

            foreach (var message in messages)
            {
                message.Fail(e);
            }
        }
    }

    private void Admit(EntriesMessage message, List<EntriesMessage> accepted, Dictionary<long, EncodedEntry> batch)
    {
        FollowerRefusal? refusal;
        lock (_gate)
        {
            refusal = _core.Sent(message.From, message.LowestLsn);
            if (refusal is null)
            {
                HeardFromLeader(message.LeaderLsn);
                _leaderCut = Math.Max(_leaderCut, message.CutLsn);
                var newest = 0L;
                foreach (var entry in message.Entries)
                {
                    newest = Math.Max(newest, entry.Lsn);
                    if (_core.Lacks(entry.Lsn))
                    {
                        batch.TryAdd(entry.Lsn, entry);
                    }
                }

                _isDurableNoted &= !_core.HeardOfDurable(message.DurableLsn, newest);
            }
        }

        if (refusal is { } reason)
        {
            message.Answer(Describe(reason, message.From));
            return;
        }

        accepted.Add(message);
    }

    private void Write(List<EntriesMessage> accepted, Dictionary<long, EncodedEntry> batch)
    {
        if (PlantedBugs.Has(PlantedBug.ConfirmBeforeFsync))
        {
            accepted.ForEach(message => message.Answer(null));
        }

        if (batch.Count > 0)
        {
            var startedAt = _time.GetTimestamp();
            _store.Append(
                [.. batch.Values], watermarkBound: _core.Holdings.Watermark, leaderDurable: _isDurableNoted ? null : _core.LeaderDurable);
            _isDurableNoted = true;
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
        else if (!_isDurableNoted)
        {
            _store.NoteLeaderDurable(_core.LeaderDurable);
            _isDurableNoted = true;
        }

        ApplySpans.Record(accepted, batch);
        accepted.ForEach(message => message.Answer(null));

        accepted.Clear();
        batch.Clear();
    }

    private void HeardFromLeader(long leaderLsn)
    {
        lock (_gate)
        {
            (_leaderLsn, _lastContact) = (leaderLsn, _time.GetTimestamp());
        }
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
}

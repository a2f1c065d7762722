using KvStore.Node.Configuration;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace KvStore.Tests.Simulation;

/// <summary>A leader: the product's <see cref="LeaderReplica"/>, with the simulation in place of its threads, its lanes' loops and HTTP.</summary>
internal sealed class LeaderMachine(World world, string name) : Machine(world, name), IDisposable
{
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(3);

    private readonly List<PendingWrite> _queue = [];
    private readonly List<(PendingWrite Write, Action<WriteOutcome> Reply)> _open = [];
    private TimeSpan?[] _wakeAt = [];
    private LeaderSettings? _settings;
    private ReplicaStore? _store;
    private LeaderReplica? _replica;
    private TimeSpan? _dueAt;
    private bool _isCommitting;
    private Action<LeaderMachine>? _inNextCommit;

    /// <summary>The store, for reads; null while no process runs.</summary>
    public ReplicaStore? Store => IsRunning ? _store : null;

    /// <summary>The process; null while none runs.</summary>
    public LeaderReplica? Replica => IsRunning ? _replica : null;

    /// <summary>Whether writes have their numbers and the fsync of their commit has not ended.</summary>
    public bool IsCommitting => IsRunning && _isCommitting;

    /// <summary>W for writes that start now.</summary>
    public int WriteQuorum => _settings!.WriteQuorum;

    /// <summary>Takes a write off the wire; the reply comes when its outcome is known.</summary>
    public void Receive(PendingWrite write, Action<WriteOutcome> reply)
    {
        var refusal = _replica!.Replicator.EveryLaneTried.IsCompleted ? _replica.Refusals().FirstOrDefault() : "The leader has just started.";
        if (refusal is not null)
        {
            reply(new WriteOutcome.Rejected(refusal));
            return;
        }

        _queue.Add(write);
        _open.Add((write, reply));
        After(WriteTimeout, () =>
        {
            if (!write.Outcome.IsCompleted)
            {
                write.Complete(_replica.TimedOut(write));
                Settle();
            }
        });
        Work();
    }

    /// <summary>Changes W for the writes that start from now on.</summary>
    public void ChangeQuorum(int quorum) => _settings!.ChangeQuorum(quorum);

    /// <summary>Changes the simulated lag.</summary>
    public void ChangeLag(SimulatedLag lag) => _settings!.ChangeLag(lag);

    /// <summary>Lets a follower get no entries, or get them again.</summary>
    public void SetPaused(int lane, bool isPaused)
    {
        World.Note($"follower{lane + 1} is {(isPaused ? "paused" : "resumed")}");
        _replica!.Replicator.SetPaused(lane, isPaused);
        Settle();
    }

    /// <summary>The stream to a follower ends, with or without something on it. Its messages arrive, or not, as ever.</summary>
    public void LoseConnection(int lane)
    {
        var replicator = _replica!.Replicator;
        if (replicator.ConnectionLost(lane, replicator.Read(core => core.Lanes[lane].Generation), "the connection broke"))
        {
            World.Counts.Count("connection lost");
        }

        Settle();
    }

    /// <summary>Does something once, while the leader's own fsync runs and its followers have got the entries or soon will.</summary>
    public void InNextCommit(Action<LeaderMachine> action) => _inNextCommit = action;

    /// <inheritdoc />
    public void Dispose() => _replica?.Dispose();

    protected override void Open()
    {
        _queue.Clear();
        _open.Clear();
        _isCommitting = false;
        _dueAt = null;
        _store = ReplicaStore.Open(new MemoryEngine(Disk), "leader");
        var options = World.Options(NodeRole.Leader, "leader");
        _settings = new LeaderSettings(_store, options, NullLogger<LeaderSettings>.Instance);
        _wakeAt = new TimeSpan?[options.Followers.Count];
        _replica = new LeaderReplica(options, _store, _settings, Metrics, World.Time, World.Random, NullLoggerFactory.Instance);
        World.Note($"{Name} leads in epoch {_replica.Epoch} from {_replica.Replicator.Read(core => core.LastLsn)}, cut {_store.CutLsn}");
        Cut();
        After(TimeSpan.Zero, Settle);
    }

    // The lanes run while the commit thread waits for the disk.
    protected override void WhileSyncing()
    {
        if (_replica is not null)
        {
            Settle();
        }
    }

    protected override void Died()
    {
        _open.Clear();
        _replica?.Dispose();
        _replica = null;
    }

    private void Work()
    {
        if (_isCommitting || _queue.Count == 0)
        {
            return;
        }

        var batch = _queue.ToList();
        _queue.Clear();
        var commit = _replica!.Committer.Begin(batch);
        if (commit is not null)
        {
            World.Oracle.Begun(this, _replica.Replicator.Read(core => core.NewestLsn));
        }

        Settle();
        if (commit is null)
        {
            return;
        }

        _isCommitting = true;
        var time = World.FsyncTime();
        if (_inNextCommit is { } action)
        {
            _inNextCommit = null;
            After(time * World.Random.NextDouble(), () => action(this));
        }

        After(time, () =>
        {
            _isCommitting = false;
            _replica!.Committer.End(commit);
            Settle();
            Work();
        });
    }

    // Passes outcomes on, and lets every lane do what it can do now.
    private void Settle()
    {
        foreach (var open in _open.Where(open => open.Write.Outcome.IsCompleted).ToList())
        {
            _open.Remove(open);
            World.Oracle.Answered(open.Write, open.Write.Outcome.Result);
            open.Reply(open.Write.Outcome.Result);
        }

        RestartIfFailed(_store!.Failure);
        PassTime();
        for (var lane = 0; lane < _wakeAt.Length; lane++)
        {
            Pump(lane);
        }
    }

    private void PassTime()
    {
        if (_replica!.Replicator.PassTime() is { } pause && (_dueAt is null || World.Time.Now + pause < _dueAt))
        {
            var at = World.Time.Now + pause;
            _dueAt = at;
            After(pause, () =>
            {
                if (_dueAt == at)
                {
                    _dueAt = null;
                }

                Settle();
            });
        }
    }

    private void Pump(int lane)
    {
        var replicator = _replica!.Replicator;
        while (true)
        {
            switch (replicator.Next(lane))
            {
                case (LaneStep.Greet greet, _):
                    Greet(lane, greet.Generation);
                    break;
                case (LaneStep.Send send, _):
                    Send(lane, send.Batch);
                    break;
                case (LaneStep.OpenSnapshot open, _):
                    replicator.OpenSnapshot(lane, open.Generation);
                    World.Note($"a snapshot at {replicator.Read(core => core.SnapshotLsn)} for follower{lane + 1}");
                    break;
                case (_, { } pause):
                    WakeIn(lane, pause);
                    return;
                default:
                    return;
            }
        }
    }

    private void WakeIn(int lane, TimeSpan pause)
    {
        var at = World.Time.Now + pause;
        if (_wakeAt[lane] is null || at < _wakeAt[lane])
        {
            _wakeAt[lane] = at;
            After(pause, () =>
            {
                if (_wakeAt[lane] == at)
                {
                    _wakeAt[lane] = null;
                }

                Pump(lane);
            });
        }
    }

    private void Greet(int lane, int generation)
    {
        var (replicator, messages) = (_replica!.Replicator, _replica.Lanes[lane]);
        Call(lane, ReplicationRoutes.Greeting, messages.Greeting(), ProbeTimeout, answer =>
        {
            if (answer is null)
            {
                replicator.GreetingFailed(lane, generation, "no answer");
            }
            else
            {
                try
                {
                    replicator.GreetingAnswered(lane, generation, messages.ReadAnswer(GreetingAnswer.Parser.ParseFrom(answer)));
                }
                catch (StorageException e)
                {
                    replicator.GreetingFailed(lane, generation, e.Message);
                }
            }
        });
    }

    private void Send(int lane, LaneBatch batch)
    {
        // Entries that missed their moment, and snapshots, draw one lag for the whole message.
        var lag = batch.Kind is BatchKind.CatchUp or BatchKind.Snapshot && !_settings!.Lag.IsNone ? _settings.Lag.Draw(World.Random) : TimeSpan.Zero;
        if (lag == TimeSpan.Zero)
        {
            SendNow(lane, batch);
        }
        else
        {
            After(lag, () =>
            {
                SendNow(lane, batch);
                Settle();
            });
        }
    }

    private void SendNow(int lane, LaneBatch batch)
    {
        var (replicator, messages) = (_replica!.Replicator, _replica.Lanes[lane]);
        try
        {
            if (batch.Snapshot is { } position)
            {
                if (messages.Chunk(position) is not { } chunk)
                {
                    replicator.SendFailed(lane, batch, "the snapshot was given up");
                    return;
                }

                replicator.SendStarted(lane, batch);
                Call(lane, ReplicationRoutes.Snapshot, chunk.Body.Memory.ToArray(), SendTimeout, answer => Confirm(
                    lane, batch, answer, () => replicator.ChunkConfirmed(lane, batch, chunk.Reached, chunk.IsLast)));
                return;
            }

            var entries = messages.Collect(batch);
            if (entries.Count < batch.Lsns.Count)
            {
                batch = replicator.Shorten(lane, batch, entries.Count);
            }

            replicator.SendStarted(lane, batch);
            var sent = batch;
            var body = messages.Replicate(entries, []).Memory.ToArray();
            World.Oracle.Told(this, ReplicateRequest.Parser.ParseFrom(body).DurableLsn);
            Call(lane, ReplicationRoutes.Replicate, body, sent.Lsns.Count == 0 ? ProbeTimeout : SendTimeout, answer => Confirm(
                lane, sent, answer, () => replicator.SendSucceeded(lane, sent)));
        }
        catch (StorageException e)
        {
            replicator.SendFailed(lane, batch, e.Message);
        }
    }

    private void Confirm(int lane, LaneBatch batch, byte[]? answer, Action confirmed)
    {
        World.Counts.Count($"{batch.Kind.ToString().ToLowerInvariant()} message{(answer is null ? " unanswered" : "")}");
        if (answer is null)
        {
            _replica!.Replicator.SendFailed(lane, batch, "no answer");
        }
        else if (ReplicateAnswer.Parser.ParseFrom(answer).Refusal is { } refusal)
        {
            _replica!.Replicator.SendFailed(lane, batch, refusal.Detail, isAnswered: true, (FollowerRefusal)refusal.Reason);
        }
        else
        {
            confirmed();
            World.Oracle.Confirmed(_replica!.Replicator.Read(core => core.Lanes[lane]));
        }
    }

    // The first answer counts; none within the limit is a failure.
    private void Call(int lane, string path, byte[] body, TimeSpan limit, Action<byte[]?> answered)
    {
        var isAnswered = false;
        void Answer(byte[]? answer)
        {
            if (!isAnswered)
            {
                isAnswered = true;
                answered(answer);
                Settle();
            }
        }

        After(limit, () => Answer(null));
        World.Network.Call(this, World.Followers[lane], path, body, Answer);
    }

    private void Cut()
    {
        After(World.CutInterval(), () =>
        {
            var before = _store!.CutLsn;
            try
            {
                _replica!.Replicator.CutLog();
            }
            catch (StorageException e)
            {
                World.Note($"{Name} cannot cut its log: {e.Message}");
            }

            if (_store.CutLsn > before)
            {
                World.Counts.Count("cut");
                World.Note($"{Name} has cut its log up to {_store.CutLsn}");
            }

            Settle();
            Cut();
        });
    }
}

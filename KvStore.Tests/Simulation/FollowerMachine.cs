using Google.Protobuf;
using KvStore.Node.Configuration;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Follower;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace KvStore.Tests.Simulation;

/// <summary>A follower: the product's <see cref="FollowerReplica"/>, with the simulation in place of its threads and of HTTP.</summary>
internal sealed class FollowerMachine(World world, string name) : Machine(world, name)
{
    private readonly List<(FollowerMessage Message, Func<byte[]?> Answer, Action<byte[]?> Reply)> _waiting = [];
    private ReplicaStore? _store;
    private FollowerReplica? _replica;
    private bool _isCommitting;

    /// <summary>The store, for reads; null while no process runs.</summary>
    public ReplicaStore? Store => IsRunning ? _store : null;

    public FollowerStatus? Status => IsRunning ? _replica!.Status() : null;

    /// <summary>Takes a message off the wire. The reply is null when it was not served.</summary>
    public void Receive(string path, byte[] body, Action<byte[]?> reply)
    {
        switch (path)
        {
            case ReplicationRoutes.Greeting:
                var greeting = MessageReader.ReadGreeting(new(body));
                _waiting.Add((greeting, () => Encode(greeting), reply));
                break;
            case ReplicationRoutes.Replicate:
                var entries = MessageReader.ReadEntries(new(body), World.Time.GetUtcNow());
                _waiting.Add((entries, () => Encode(entries), reply));
                break;
            case ReplicationRoutes.Snapshot:
                var chunk = MessageReader.ReadChunk(new(body));
                _waiting.Add((chunk, () => Encode(chunk), reply));
                break;
            default:
                throw new ArgumentException($"No follower serves {path}.", nameof(path));
        }

        Work();
    }

    protected override void Open()
    {
        _waiting.Clear();
        _isCommitting = false;
        _store = ReplicaStore.Open(new MemoryEngine(Disk), Name);
        var options = World.Options(NodeRole.Follower, Name);
        _replica = new FollowerReplica(options, _store, Metrics, World.Time, NullLogger.Instance);
        Cut();
    }

    // What is answered already leaves while the disk is still busy with the rest.
    protected override void WhileSyncing() => SendAnswers();

    private void Work()
    {
        if (_isCommitting || _waiting.Count == 0)
        {
            return;
        }

        _isCommitting = true;
        After(World.FsyncTime(), () =>
        {
            _isCommitting = false;
            var installing = _store!.Install;
            _replica!.Commit([.. _waiting.Select(waiting => waiting.Message)]);
            SendAnswers();
            if (installing is not null && _store.CutLsn == installing.Lsn)
            {
                World.Note($"{Name} has put the snapshot at {installing.Lsn} in place");
                World.Counts.Count("snapshot in place");
            }

            _waiting.Clear();
            RestartIfFailed(_replica.Failure);
        });
    }

    private void SendAnswers()
    {
        foreach (var waiting in _waiting.ToList())
        {
            if (waiting.Answer() is { } answer)
            {
                _waiting.Remove(waiting);
                waiting.Reply(answer);
            }
            else if (IsFaulted(waiting.Message))
            {
                _waiting.Remove(waiting);
                waiting.Reply(null);
            }
        }
    }

    // FENCE: who has accepted a greeting has its epoch on disk.
    private void Check(GreetingMessage message, GreetingAnswer answer)
    {
        if (answer.Refusal is null && Disk.DurableMeta(MetaKeys.Epoch) != message.From.Epoch.ToString())
        {
            World.Oracle.Broken($"FENCE: {Name} accepts epoch {message.From.Epoch} and has {Disk.DurableMeta(MetaKeys.Epoch) ?? "none"} on its disk.");
        }
    }

    private void Cut()
    {
        After(World.CutInterval(), () =>
        {
            try
            {
                _replica!.CutLog();
            }
            catch (StorageException e)
            {
                World.Note($"{Name} cannot cut its log: {e.Message}");
                RestartIfFailed(_replica!.Failure);
            }

            Cut();
        });
    }

    private byte[]? Encode(GreetingMessage message)
    {
        if (!message.Done.IsCompletedSuccessfully)
        {
            return null;
        }

        var answer = message.Done.Result.Clone();
        Check(message, answer);
        answer.GivesUpTail = !World.HasOldFollowers;
        return answer.ToByteArray();
    }

    private static byte[]? Encode(FollowerMessage<Refusal?> message) =>
        message.Done.IsCompletedSuccessfully ? new ReplicateAnswer { Refusal = message.Done.Result }.ToByteArray() : null;

    private static bool IsFaulted(FollowerMessage message) => message switch
    {
        FollowerMessage<GreetingAnswer> greeting => greeting.Done.IsFaulted,
        FollowerMessage<Refusal?> other => other.Done.IsFaulted,
        _ => false,
    };
}

using KvStore.Node.Configuration;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <summary>The follower: <see cref="FollowerReplica"/> with the threads that drive it.</summary>
internal sealed class Follower : IDisposable
{
    /// <summary>What a leader is told whose message finds no place.</summary>
    public const string TooManyMessages = "Too many messages are waiting for this follower's disk: try again in a moment.";

    private const int MessagesPerCommitMax = 64;
    private const long BytesPerCommitMax = 16 << 20;

    private readonly FollowerReplica _replica;
    private readonly GroupCommitThread<FollowerMessage> _commits;
    private readonly LogCutter _cutter;

    /// <summary>Works out from the log what the store holds, and begins to take messages.</summary>
    public Follower(NodeOptions options, ReplicaStore store, NodeMetrics metrics, TimeProvider time, ILogger<Follower> logger)
    {
        _replica = new FollowerReplica(options, store, metrics, time, logger);
        _commits = new GroupCommitThread<FollowerMessage>(
            "apply", new(options.Limits.FollowerMessagesMax, MessagesPerCommitMax, BytesPerCommitMax), message => message.Bytes, _replica.Commit);
        _cutter = new LogCutter(_replica.CutLog, logger);
        metrics.Meter.CreateObservableGauge("kvstore.commit.queue.length", () => _commits.QueueLength, "{message}", "Messages that wait for their commit.");
    }

    /// <summary>Whether this node can take entries.</summary>
    public NodeHealth Health() => _replica.Failure is { } failure ? new NodeHealth(false, [failure]) : new NodeHealth(true, []);

    /// <inheritdoc cref="FollowerReplica.Status"/>
    public FollowerStatus Status() => _replica.Status();

    /// <summary>Hands a message over; its answer comes when it is on disk, refused, or has failed.</summary>
    /// <returns>False when too many messages wait, or the node stops.</returns>
    public bool TryEnqueue(FollowerMessage message) => _commits.TryEnqueue(message);

    /// <inheritdoc />
    public void Dispose()
    {
        _cutter.Dispose();
        _commits.Dispose();
    }
}

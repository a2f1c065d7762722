using KvStore.Node.Configuration;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The leader without its threads and connections: its epoch, the commit of writes, and what is sent to whom. Whoever
/// drives it calls <see cref="Committer.Begin"/> and <see cref="Committer.End"/> from one thread at a time; everything else may come
/// from any.
/// </summary>
internal sealed class LeaderReplica : IDisposable
{
    /// <summary>Takes the next epoch, makes it durable, and begins where the log ends.</summary>
    /// <param name="options">The node's settings.</param>
    /// <param name="store">The leader's store; it outlives this.</param>
    /// <param name="settings">What can be changed at run time.</param>
    /// <param name="metrics">The node's instruments.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws the run id and the simulated lags.</param>
    /// <param name="loggers">The logs.</param>
    /// <exception cref="StorageException">The log has a hole: the store cannot be a leader's.</exception>
    public LeaderReplica(
        NodeOptions options, ReplicaStore store, LeaderSettings settings, NodeMetrics metrics, TimeProvider time, Random random, ILoggerFactory loggers)
    {
        var holdings = store.ReadHoldings();
        var lastLsn = PlantedBugs.Has(PlantedBug.LsnReusedAfterRestart) ? Math.Max(store.CommitLsnBound, store.CutLsn) : holdings.Max;
        if (holdings.Watermark != holdings.Max || store.Install is not null)
        {
            throw new StorageException($"The log has entries {holdings} and a leader's has no holes: is {options.DataDirectory} a follower's folder?");
        }

        Epoch = new Epoch((store.Epoch?.Counter ?? 0) + 1, (ulong)random.NextInt64(long.MinValue, long.MaxValue));
        ClusterId = store.ClusterId ?? Guid.NewGuid().ToString();
        var epochs = store.Epochs.Begin(Epoch, lastLsn, store.IsCopy);
        store.PersistEpoch(ClusterId, Epoch, epochs);

        var retention = new LogRetention(options.Limits.Log, store.ReadLogMarks(), store.CutLsn);
        var core = new LeaderCore(
            ClusterId, Epoch, lastLsn, ReadCommitProgress(store, lastLsn, options.Followers.Count), retention, store.CutLsn, options.Followers.Count,
            options.Limits.Lane);
        Replicator = new Replicator(core, store, options.Followers, options.Limits.RingBytesMax, time);
        Committer = new Committer(
            store, Replicator, settings, Epoch, options.Followers.Count, lastLsn, metrics, time, random, loggers.CreateLogger<Committer>());
        var laneLogger = loggers.CreateLogger<LaneMessages>();
        var envelope = new LeaderEnvelope(ClusterId, Epoch, null);
        Lanes = [.. options.Followers.Select((address, lane) => new LaneMessages(lane, envelope, epochs, address, Replicator, store, options.Limits, laneLogger))];
        loggers.CreateLogger<LeaderReplica>().Leading(ClusterId, Epoch.ToString(), lastLsn, core.CommitLsn, settings.WriteQuorum);
    }

    /// <summary>The cluster that this leader leads.</summary>
    public string ClusterId { get; }

    /// <summary>The epoch of this process.</summary>
    public Epoch Epoch { get; }

    /// <summary>Makes writes durable.</summary>
    public Committer Committer { get; }

    /// <summary>Knows what each follower holds, and what it is sent next.</summary>
    public Replicator Replicator { get; }

    /// <summary>The messages of each lane.</summary>
    public IReadOnlyList<LaneMessages> Lanes { get; }

    /// <summary>Why this leader takes no write; empty while it does.</summary>
    public IEnumerable<string> Refusals()
    {
        if (Committer.Failure is { } failure)
        {
            yield return failure;
        }

        foreach (var objection in Replicator.Objections())
        {
            yield return objection;
        }
    }

    /// <summary>The write timeout of a write has passed: what its client is told (HONEST).</summary>
    public WriteOutcome TimedOut(PendingWrite write)
    {
        if (write.TryWithdraw() || PlantedBugs.Has(PlantedBug.TimeoutCalledRejected))
        {
            return new WriteOutcome.Rejected("The leader's disk did not come round to the write in time: nothing was written, try again.");
        }

        var (lsn, replicatedTo) = Replicator.StopAwaiting(write);
        return new WriteOutcome.Unknown(lsn, replicatedTo, "the write timeout passed");
    }

    /// <summary>The client of a write has gone away.</summary>
    public void Abandon(PendingWrite write)
    {
        if (!write.TryWithdraw())
        {
            Replicator.StopAwaiting(write);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Replicator.Dispose();

    // The quorums of entries that were cut before they had one are gone: they count as committed when every follower has them.
    private static CommitProgress ReadCommitProgress(ReplicaStore store, long lastLsn, int followers)
    {
        var progress = new CommitProgress(store.CommitLsnBound);
        for (var lsn = store.CommitLsnBound + 1; lsn <= store.CutLsn; lsn++)
        {
            progress.Appended(lsn, followers);
        }

        foreach (var entry in store.ReadLog(Math.Max(store.CommitLsnBound, store.CutLsn) + 1).TakeWhile(entry => entry.Lsn <= lastLsn))
        {
            progress.Appended(entry.Lsn, entry.Entry.WriteQuorum);
        }

        return progress;
    }
}

using System.Diagnostics;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The leader: <see cref="LeaderReplica"/> with the threads and lanes that drive it. It admits writes and waits for their
/// outcome.
/// </summary>
internal sealed class Leader : BackgroundService
{
    private readonly NodeOptions _options;
    private readonly NodeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly LeaderReplica _replica;
    private readonly Replicator _replicator;
    private readonly GroupCommitThread<PendingWrite> _commits;
    private readonly DueClock _clock;
    private readonly LogCutter _cutter;
    private readonly LaneLoop[] _lanes;
    private readonly FollowerWatch _watch;
    private readonly WriteAdmission _admission;
    private readonly CommitGather _gather = new();
    private readonly CancellationToken _stopping;

    /// <summary>Takes the next epoch, makes it durable, and begins where the log ends.</summary>
    /// <exception cref="StorageException">The log has a hole: the store cannot be a leader's.</exception>
    public Leader(
        NodeOptions options, ReplicaStore store, LeaderSettings settings, LaneClient client, NodeMetrics metrics, TimeProvider time,
        IHostApplicationLifetime lifetime, ILoggerFactory loggers)
    {
        (_options, _metrics, _time, _stopping, Settings) = (options, metrics, time, lifetime.ApplicationStopping, settings);
        _startedAt = time.GetTimestamp();
        Statistics = new WriteStatistics(options.Followers.Count, time);
        var limits = options.Limits;
        _replica = new LeaderReplica(options, store, settings, metrics, time, Random.Shared, loggers);
        _replicator = _replica.Replicator;
        _admission = new WriteAdmission(limits.WritesInFlightMax, limits.WriteBytesInFlightMax);
        _commits = new GroupCommitThread<PendingWrite>(
            "commit", new(limits.WritesInFlightMax, limits.CommitEntriesMax, limits.CommitBytesMax), write => write.Bytes, Commit, GatherGoal);
        _clock = new DueClock(_replicator.PassTime);
        _replicator.DueEarlier += _clock.Wake;
        _cutter = new LogCutter(_replicator.CutLog, loggers.CreateLogger<LogCutter>());
        var laneLogger = loggers.CreateLogger<LaneLoop>();
        _lanes = [.. options.Followers.Select((address, lane) =>
            new LaneLoop(lane, address, _replica.Lanes[lane], _replicator, client, settings, metrics, time, laneLogger, _stopping))];
        _watch = new FollowerWatch(_replicator, _replica.Lanes, time, loggers.CreateLogger<FollowerWatch>());
        LeaderGauges.Register(metrics.Meter, this, _commits);
    }

    /// <summary>The cluster that this leader leads.</summary>
    public string ClusterId => _replica.ClusterId;

    /// <summary>The epoch of this process.</summary>
    public Epoch Epoch => _replica.Epoch;

    /// <summary>What can be changed at run time.</summary>
    public LeaderSettings Settings { get; }

    /// <summary>The newest entry that is durable here.</summary>
    public long LastLsn => _replicator.Read(core => core.LastLsn);

    /// <summary>The highest LSN up to which every entry has its quorum.</summary>
    public long CommitLsn => _replicator.Read(core => core.CommitLsn);

    /// <summary>Every follower as the leader sees it.</summary>
    public IReadOnlyList<LaneStatus> Followers => _replicator.Status();

    /// <summary>The log holds nothing up to here any more.</summary>
    public long CutLsn => _replicator.Read(core => core.CutLsn);

    /// <summary>Lets a follower get no entries, or get them again.</summary>
    /// <param name="follower">Its node id.</param>
    /// <param name="isPaused">Whether it gets none.</param>
    /// <returns>False when no follower has that id.</returns>
    public bool SetPaused(string follower, bool isPaused)
    {
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            if (_replica.Lanes[lane].Follower?.NodeId == follower)
            {
                _replicator.SetPaused(lane, isPaused);
                return true;
            }
        }

        return false;
    }

    /// <summary>The age of the oldest entry that a follower lacks; zero when it lacks none.</summary>
    public TimeSpan LagOf(LaneStatus lane)
    {
        if (lane.LagEntries == 0 || _replicator.Find(Math.Max(lane.Watermark, CutLsn) + 1) is not { } oldest)
        {
            return TimeSpan.Zero;
        }

        var age = _time.GetUtcNow() - oldest.CommittedAt;
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }

    /// <summary>What became of the writes since this leader's start.</summary>
    public WriteStatistics Statistics { get; }

    /// <summary>How many followers there are.</summary>
    public int LaneCount => _lanes.Length;

    /// <summary>A lane's follower: its node id, or its address until it has said one.</summary>
    public string NameOf(int lane) => _replica.Lanes[lane].Name;

    /// <summary>How many followers hold an entry.</summary>
    public int ReplicatedTo(long lsn) => _replicator.Read(core => core.ReplicatedTo(lsn));

    /// <summary>
    /// Writes a value, or deletes a key, and waits until W followers have it on disk. The client's going away ends the
    /// waiting; once the write has its number it does not end the write.
    /// </summary>
    /// <param name="kind">Put or delete.</param>
    /// <param name="key">The key's bytes.</param>
    /// <param name="value">The value's bytes; empty in a delete.</param>
    /// <param name="writeQuorum">W, read once by the caller.</param>
    /// <param name="idempotencyKey">What the client names the write by, so that a repetition is the same write; null for none.</param>
    /// <param name="cancellationToken">The client has gone away.</param>
    public async Task<WriteOutcome> WriteAsync(
        EntryKind kind, byte[] key, byte[] value, int writeQuorum, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var startedAt = _time.GetTimestamp();
        var span = Activity.Current;
        // One that is marked as sampled from outside, on a node that exports nothing, would leave the followers' spans without parents.
        var trace = span is { Recorded: true, IsAllDataRequested: true } ? span.Context : default;
        var write = new PendingWrite(kind, key, value, writeQuorum, trace, idempotencyKey) { StartedAt = startedAt };
        WriteOutcome outcome;
        try
        {
            outcome = await AdmitAsync(write, startedAt, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            WriteSpan.Abandoned(span, write, LastLsn);
            throw;
        }

        Record(write, outcome, _time.GetElapsedTime(startedAt));
        WriteSpan.Answered(span, write, outcome, NameOf, _time);
        return outcome with { WriteQuorum = write.WriteQuorum, Epoch = write.EarlierEpoch ?? Epoch.Counter };
    }

    /// <summary>Whether this node can take writes, and what stands in the way of their quorum.</summary>
    public NodeHealth Health()
    {
        var refusals = Refusals().ToList();
        var isHealthy = refusals.Count == 0;
        var lanes = _replicator.Status();
        var confirming = lanes.Count(lane => lane.Progress.State is not (FollowerState.Stalled or FollowerState.Unreachable));
        if (isHealthy && confirming < Settings.WriteQuorum)
        {
            refusals.Add($"{confirming} of {lanes.Count} followers confirm writes, and the write quorum is {Settings.WriteQuorum}: writes will not reach it.");
        }

        return new NodeHealth(isHealthy, refusals);
    }

    /// <summary>Commits what waits, so that every write in the queue gets a true answer, then stops the lanes.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _commits.Dispose();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _cutter.Dispose();
        _commits.Dispose();
        _clock.Dispose();
        _replica.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first lane that faults ends the node: a follower that nobody serves any more must not go unnoticed.
        var lanes = _lanes.Select(lane => Task.Run(() => lane.RunAsync(stoppingToken), CancellationToken.None));
        try
        {
            await foreach (var ended in Task.WhenEach([.. lanes, Task.Run(() => _watch.RunAsync(stoppingToken), CancellationToken.None)]))
            {
                await ended;
            }
        }
        catch
        {
            Environment.ExitCode = 1; // The host stops in good order, and would say that all was well.
            throw;
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    // With simulated lag every entry travels alone, and a larger commit would bring nothing.
    private GatherGoal GatherGoal() => Settings.Lag.IsNone ? _gather.Next(_admission.Writes, Now) : default;

    private void Commit(IReadOnlyList<PendingWrite> writes)
    {
        _gather.Taken(writes.Count, Now);
        if (_replica.Committer.Begin(writes) is { } commit)
        {
            _replica.Committer.End(commit);
        }
    }

    private async Task<WriteOutcome> AdmitAsync(PendingWrite write, long startedAt, CancellationToken cancellationToken)
    {
        if (!_admission.TryEnter(write.Bytes))
        {
            return new WriteOutcome.Rejected("Too many writes are in flight: try again in a moment.");
        }

        try
        {
            return await RefusalAsync(startedAt, cancellationToken) is { } refusal ? refusal : await CommitAsync(write, startedAt, cancellationToken);
        }
        finally
        {
            _admission.Leave(write.Bytes);
        }
    }

    private async Task<WriteOutcome> CommitAsync(PendingWrite write, long startedAt, CancellationToken cancellationToken)
    {
        if (!_commits.TryEnqueue(write))
        {
            return new WriteOutcome.Rejected("Too many writes wait for the leader's disk, or it is shutting down: try again in a moment.");
        }

        try
        {
            return await write.Outcome.WaitAsync(Remaining(startedAt), _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return _replica.TimedOut(write);
        }
        catch (OperationCanceledException)
        {
            _replica.Abandon(write);
            throw;
        }
    }

    private TimeSpan Remaining(long startedAt)
    {
        var remaining = _options.WriteTimeout - _time.GetElapsedTime(startedAt);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    private async Task<WriteOutcome.Rejected?> RefusalAsync(long startedAt, CancellationToken cancellationToken)
    {
        if (!_replicator.EveryLaneTried.IsCompleted)
        {
            try
            {
                await _replicator.EveryLaneTried.WaitAsync(Remaining(startedAt), _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return new WriteOutcome.Rejected("The leader has just started and is still asking its followers what they hold: try again in a moment.");
            }
        }

        return Refusals().FirstOrDefault() is { } reason ? new WriteOutcome.Rejected(reason) : null;
    }

    private IEnumerable<string> Refusals()
    {
        if (_stopping.IsCancellationRequested)
        {
            yield return "The leader is shutting down.";
        }

        foreach (var refusal in _replica.Refusals())
        {
            yield return refusal;
        }
    }

    private void Record(PendingWrite write, WriteOutcome outcome, TimeSpan duration)
    {
        if (Statistics.Answered(write, outcome, duration) is { } slow)
        {
            _replicator.Watch(slow);
        }

        var name = WriteOutcomes.NameOf(outcome);
        _metrics.WriteDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("kvstore.outcome", name));
        if (outcome is WriteOutcome.Replicated)
        {
            _metrics.WriteOverhead.Record((duration - write.WthSmallestLag).TotalSeconds);
        }
    }
}

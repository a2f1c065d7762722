using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>What the API shows of one lane.</summary>
internal sealed record LaneStatus(
    Uri Address, LaneMode Mode, FollowerIdentity? Follower, long Watermark, IReadOnlyList<LsnRange> Holdings, int InFlight,
    long LagEntries, TimeSpan? SinceContact, string? LastError, string? Objection);

/// <summary>
/// The shell around <see cref="LeaderCore"/>: it feeds events in under one lock, wakes the lanes that have something to do,
/// and tells waiting writes of their quorum.
/// </summary>
internal sealed class Replicator : IDisposable
{
    private const long RingBytesMax = 32L << 20;

    private readonly Lock _gate = new();
    private readonly LeaderCore _core;
    private readonly ReplicaStore _store;
    private readonly EntryRing _recent = new(RingBytesMax);
    private readonly IReadOnlyList<Uri> _addresses;
    private readonly Dictionary<long, PendingWrite> _awaiting = [];
    private readonly WakeSignal[] _lanes;
    private readonly DueClock _clock;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private volatile bool _isObjectedTo;
    private readonly TaskCompletionSource _everyLaneTried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins with the lanes in probe.</summary>
    public Replicator(LeaderCore core, ReplicaStore store, IReadOnlyList<Uri> addresses, TimeProvider time)
    {
        (_core, _store, _addresses, _time, _startedAt) = (core, store, addresses, time, time.GetTimestamp());
        _lanes = [.. addresses.Select(_ => new WakeSignal())];
        _clock = new DueClock(PassTime);
    }

    /// <summary>Ends when every follower was asked once; see <see cref="LeaderCore.EveryLaneTried"/>.</summary>
    public Task EveryLaneTried => _everyLaneTried.Task;

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Reads the core's state.</summary>
    public T Read<T>(Func<LeaderCore, T> read)
    {
        lock (_gate)
        {
            return read(_core);
        }
    }

    /// <inheritdoc cref="LeaderCore.Objections"/>
    public IReadOnlyList<string> Objections() => _isObjectedTo ? Read(core => core.Objections.ToList()) : [];

    /// <summary>Entries are durable on the leader: their replication begins, and those that somebody waits for await their quorum.</summary>
    public void Appended(IReadOnlyList<OutgoingEntry> entries, IReadOnlyList<PendingWrite> writes)
    {
        _recent.Append(entries);
        TimeSpan? dueBefore, dueAfter;
        lock (_gate)
        {
            dueBefore = _core.NextDue;
            for (var i = 0; i < entries.Count; i++)
            {
                var (write, entry) = (writes[i], entries[i]);
                write.Lsn = entry.Lsn;
                if (!write.IsAbandoned)
                {
                    _awaiting.Add(entry.Lsn, write);
                }
            }

            _core.Appended([.. entries.Select((e, i) => new AppendedEntry(e.Lsn, writes[i].WriteQuorum, e.Delays, !writes[i].IsAbandoned))], Now);
            dueAfter = _core.NextDue;
        }

        if (dueAfter is not null && (dueBefore is null || dueAfter < dueBefore))
        {
            _clock.Wake();
        }

        foreach (var lane in _lanes)
        {
            lane.Set();
        }
    }

    /// <summary>Nobody waits for the write any more.</summary>
    /// <returns>Its LSN, or null when the leader does not have it on disk yet, and how many followers hold it.</returns>
    public (long? Lsn, int ReplicatedTo) StopAwaiting(PendingWrite write)
    {
        lock (_gate)
        {
            write.IsAbandoned = true;
            if (write.Lsn == 0)
            {
                return (null, 0);
            }

            _awaiting.Remove(write.Lsn);
            return (write.Lsn, _core.StopAwaiting(write.Lsn));
        }
    }

    /// <summary>What the lane does next, and how long it may wait when that is nothing.</summary>
    public (LaneStep Step, TimeSpan? Pause) Next(int lane)
    {
        lock (_gate)
        {
            var now = Now;
            var step = _core.Next(lane, now);
            var pause = step is LaneStep.Wait { Until: { } until } ? until - now : (TimeSpan?)null;
            return (step, pause < TimeSpan.Zero ? TimeSpan.Zero : pause);
        }
    }

    /// <summary>An entry of the leader's log, from memory when it is recent; null when the log does not hold it.</summary>
    public OutgoingEntry? Find(long lsn) =>
        _recent.Find(lsn) ?? (_store.ReadEntry(lsn) is { } stored ? OutgoingEntry.FromLog(stored) : null);

    /// <summary>Waits until the lane has something to do.</summary>
    public Task WaitAsync(int lane, TimeSpan? pause, CancellationToken cancellationToken) => _lanes[lane].WaitAsync(pause, cancellationToken);

    /// <inheritdoc cref="Lane.Shorten"/>
    public LaneBatch Shorten(int lane, LaneBatch batch, int count)
    {
        lock (_gate)
        {
            return _core.Lanes[lane].Shorten(batch, count);
        }
    }

    /// <inheritdoc cref="LeaderCore.SendSucceeded"/>
    public void SendSucceeded(int lane, LaneBatch batch) => Report(lane, (core, now) => core.SendSucceeded(lane, batch, now));

    /// <inheritdoc cref="LeaderCore.SendFailed"/>
    public void SendFailed(int lane, LaneBatch batch, string error) => Report(lane, (core, now) =>
    {
        core.SendFailed(lane, batch, error, now);
        return [];
    });

    /// <inheritdoc cref="LeaderCore.GreetingAnswered"/>
    public void GreetingAnswered(int lane, int generation, GreetingReply reply)
    {
        Report(lane, (core, now) => core.GreetingAnswered(lane, generation, reply, now));

        // An objection that has come or gone concerns every lane.
        Array.ForEach(_lanes, signal => signal.Set());
    }

    /// <inheritdoc cref="LeaderCore.GreetingFailed"/>
    public void GreetingFailed(int lane, int generation, string error) => Report(lane, (core, now) =>
    {
        core.GreetingFailed(lane, generation, error, now);
        return [];
    });

    /// <summary>Every lane as it is now.</summary>
    public IReadOnlyList<LaneStatus> Status()
    {
        lock (_gate)
        {
            var now = Now;
            return [.. _core.Lanes.Select(lane => new LaneStatus(
                _addresses[lane.Index], lane.Mode, lane.Follower, lane.Confirmed.Watermark, [.. lane.Confirmed.Ranges], lane.InFlight,
                _core.LastLsn - lane.Confirmed.Count, now - lane.LastContact, lane.LastError, lane.Objection))];
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _clock.Dispose();
        Array.ForEach(_lanes, signal => signal.Dispose());
    }

    private void Report(int lane, Func<LeaderCore, TimeSpan, IReadOnlyList<QuorumReached>> report)
    {
        var completed = new List<(PendingWrite Write, QuorumReached Quorum)>();
        bool everyLaneTried;
        lock (_gate)
        {
            foreach (var quorum in report(_core, Now))
            {
                if (_awaiting.Remove(quorum.Lsn, out var write))
                {
                    completed.Add((write, quorum));
                }
            }

            everyLaneTried = _core.EveryLaneTried;
            _isObjectedTo = _core.IsObjectedTo;
        }

        foreach (var (write, quorum) in completed)
        {
            write.Complete(new WriteOutcome.Replicated(quorum.Lsn, quorum.ReplicatedTo));
        }

        if (everyLaneTried)
        {
            _everyLaneTried.TrySetResult();
        }

        _lanes[lane].Set();
    }

    private TimeSpan? PassTime()
    {
        var woken = new HashSet<int>();
        TimeSpan? pause;
        lock (_gate)
        {
            var now = Now;
            _core.PassTime(now, woken);
            pause = _core.NextDue - now;
        }

        foreach (var lane in woken)
        {
            _lanes[lane].Set();
        }

        return pause;
    }
}

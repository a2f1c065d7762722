using KvStore.Node.Replication.Core;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Leader;

/// <content>What a lane asks before it acts, and reports afterwards.</content>
internal sealed partial class Replicator
{
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

    /// <summary>Waits until the lane has something to do. It may end early.</summary>
    public Task WaitAsync(int lane, TimeSpan? pause) => _lanes[lane].WaitAsync(pause);

    /// <summary>Wakes the lane, so that it looks around, such as for the end.</summary>
    public void Wake(int lane) => _lanes[lane].Set();

    /// <inheritdoc cref="Lane.Shorten"/>
    public LaneBatch Shorten(int lane, LaneBatch batch, int count)
    {
        lock (_gate)
        {
            return _core.Lanes[lane].Shorten(batch, count);
        }
    }

    /// <inheritdoc cref="LeaderCore.Tell"/>
    public (long Newest, long Durable, long Cut) Tell(int lane)
    {
        lock (_gate)
        {
            return _core.Tell(lane);
        }
    }

    /// <inheritdoc cref="Lane.SendStarted"/>
    public void SendStarted(int lane, LaneBatch batch)
    {
        lock (_gate)
        {
            _core.Lanes[lane].SendStarted(batch, Now);
        }
    }

    /// <inheritdoc cref="LeaderCore.SendSucceeded"/>
    public void SendSucceeded(int lane, LaneBatch batch) => Report(lane, batch.Lsns, (core, now) => core.SendSucceeded(lane, batch, now));

    /// <inheritdoc cref="LeaderCore.SendFailed"/>
    public bool SendFailed(int lane, LaneBatch batch, string error, bool isAnswered = false, FollowerRefusal? refusal = null)
    {
        var isNews = false;
        Report(lane, [], (core, now) =>
        {
            isNews = core.SendFailed(lane, batch, error, now, isAnswered, refusal);
            return [];
        });
        return isNews;
    }

    /// <inheritdoc cref="Lane.ConnectionLost"/>
    public bool ConnectionLost(int lane, int generation, string error)
    {
        var isNews = false;
        Report(lane, [], (core, now) =>
        {
            isNews = core.Lanes[lane].ConnectionLost(generation, error, now);
            return [];
        });
        return isNews;
    }

    /// <inheritdoc cref="LeaderCore.GreetingAnswered"/>
    public void GreetingAnswered(int lane, int generation, GreetingReply reply)
    {
        Report(lane, null, (core, now) => core.GreetingAnswered(lane, generation, reply, now));

        // An objection that has come or gone concerns every lane.
        WakeAll();
    }

    /// <inheritdoc cref="LeaderCore.GreetingFailed"/>
    public void GreetingFailed(int lane, int generation, string error, bool isAnswered = false) => Report(lane, [], (core, now) =>
    {
        core.GreetingFailed(lane, generation, error, now, isAnswered);
        return [];
    });

    // Concerned are the entries whose confirmation by the lane's follower may have changed; null for any.
    private void Report(int lane, IReadOnlyList<long>? concerned, Func<LeaderCore, TimeSpan, IReadOnlyList<QuorumReached>> report)
    {
        List<(PendingWrite Write, QuorumReached Quorum)> completed;
        bool everyLaneTried;
        SnapshotSource? closed;
        lock (_gate)
        {
            var reached = report(_core, Now);
            _awaited.Confirmed(lane, concerned, _core.Lanes[lane].Confirmed, _time.GetTimestamp());
            completed = Completed(reached, lane);
            closed = TakeUnwantedSnapshot();
            everyLaneTried = _core.EveryLaneTried;
            _isObjectedTo = _core.IsObjectedTo;
        }

        closed?.Dispose();

        // First what the follower gets next, then the answers: it writes while they are sent.
        _lanes[lane].Set();
        Answer(completed);
        if (everyLaneTried)
        {
            _everyLaneTried.TrySetResult();
        }

        if (closed is not null)
        {
            WakeAll(); // Another lane may have waited for it.
        }
    }
}

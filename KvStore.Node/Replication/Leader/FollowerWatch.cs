using KvStore.Node.Replication.Core;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// Logs how each follower is doing when that changes: it depends on the time that passes as much as on what happens, so
/// somebody has to look. What is over by the next look is not logged, or a busy follower would fill the log.
/// </summary>
internal sealed class FollowerWatch(Replicator replicator, IReadOnlyList<LaneMessages> lanes, TimeProvider time, ILogger<FollowerWatch> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // All are healthy at first: that a follower follows is logged by its lane when it is greeted.
    private readonly FollowerState[] _logged = new FollowerState[lanes.Count];
    private readonly FollowerState[] _seen = new FollowerState[lanes.Count];

    /// <summary>Looks now and then until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private void Look()
    {
        foreach (var (lane, status) in replicator.Status().Index())
        {
            var state = status.Progress.State;
            if (state != _logged[lane] && state == _seen[lane])
            {
                _logged[lane] = state;
                logger.FollowerIs(lanes[lane].Name, state.Name(), status.Progress.Cause ?? "It confirms what is sent as it comes.");
            }

            _seen[lane] = state;
        }
    }
}

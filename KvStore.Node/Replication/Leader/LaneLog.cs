using KvStore.Node.Replication.Core;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// What the leader's log says of one follower: that it follows, and that it does not any more. Neither at every greeting of one that
/// stays away, nor each time that a bad connection ends, nor of one that is just starting, or stopping, along with this leader.
/// </summary>
/// <param name="name">The follower's name: its node id, or its address until it has said one.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets it.</param>
/// <param name="stopping">The leader stops.</param>
internal sealed class LaneLog(Func<string> name, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    private static readonly TimeSpan StartAllowance = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Repetition = TimeSpan.FromSeconds(30);

    private readonly long _startedAt = time.GetTimestamp();
    private LaneMode _told = LaneMode.Probe;
    private bool _hasAnswered;
    private string? _trouble;
    private long _troubleAt;

    /// <summary>A greeting was answered.</summary>
    public void Greeted(LaneStatus status)
    {
        _hasAnswered = true;
        if (status.Mode == LaneMode.Probe)
        {
            if (status.Objection is { } objection)
            {
                if (IsNews(objection))
                {
                    logger.ObjectedTo(objection);
                }
            }
            else if (status.LastError is { } error)
            {
                Lost(error);
            }
        }
        else if (status.Mode != _told)
        {
            _told = status.Mode;
            if (status.Mode == LaneMode.Replicate)
            {
                logger.FollowerReplicates(name(), status.Follower!.StoreId, status.Watermark, status.LagEntries);
            }
            else
            {
                logger.FollowerNeedsSnapshot(name(), status.Watermark, status.LagEntries);
            }
        }
    }

    /// <summary>It does not follow any more, or still not.</summary>
    /// <param name="error">Why, in words.</param>
    public void Lost(string error)
    {
        var isStarting = !_hasAnswered && time.GetElapsedTime(_startedAt) < StartAllowance;
        if (!isStarting && !stopping.IsCancellationRequested && IsNews(error))
        {
            logger.FollowerLost(name(), error);
        }
    }

    // The same trouble is, once it was said, as long as it lasts, and for a while after it was gone.
    private bool IsNews(string trouble)
    {
        if (trouble == _trouble && (_told == LaneMode.Probe || time.GetElapsedTime(_troubleAt) < Repetition))
        {
            return false;
        }

        (_trouble, _troubleAt, _told) = (trouble, time.GetTimestamp(), LaneMode.Probe);
        return true;
    }
}

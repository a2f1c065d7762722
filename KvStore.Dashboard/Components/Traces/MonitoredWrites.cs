using KvStore.Dashboard.Cluster;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>The leader's account of its writes, as the watch over the cluster hears it.</summary>
internal sealed class MonitoredWrites(ClusterMonitor monitor) : ILeaderWritesSource
{
    private volatile Converted? _last;

    /// <inheritdoc />
    public LeaderWrites? Current
    {
        get
        {
            if (monitor.Current?.Writes is not { } info)
            {
                return null;
            }

            var last = _last;
            if (!ReferenceEquals(last?.Info, info))
            {
                _last = last = new(info, Convert(info));
            }

            return last!.Writes;
        }
    }

    /// <summary>The leader's answer in the words of these pages.</summary>
    public static LeaderWrites Convert(WritesInfo info) => new(info.Writes, info.Sampled, [.. info.Slowest.Select(w => new SlowestWrite(
        w.Version, w.Key, w.At, w.WriteQuorum, w.Outcome, TimeSpan.FromSeconds(w.LatencySeconds), w.WaitedFor, w.TraceId,
        [.. w.Followers.Select(f => new SlowestWriteFollower(
            f.Follower, TimeSpan.FromSeconds(f.LagSeconds), f.ConfirmedAfterSeconds is { } s ? TimeSpan.FromSeconds(s) : null))]))]);

    private sealed record Converted(WritesInfo Info, LeaderWrites Writes);
}

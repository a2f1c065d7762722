using System.Diagnostics.Metrics;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Leader;

/// <summary>The leader's gauges, read when metrics are collected.</summary>
internal static class LeaderGauges
{
    /// <summary>Adds the gauges to <paramref name="meter"/>.</summary>
    public static void Register(Meter meter, Leader leader, GroupCommitThread<PendingWrite> commits)
    {
        meter.CreateObservableGauge("kvstore.commit.queue.length", () => commits.QueueLength, "{write}", "Writes that wait for their commit.");
        meter.CreateObservableGauge(
            "kvstore.replication.lag.entries", () => PerFollower(leader, lane => lane.LagEntries), "{entry}", "Entries that a follower lacks.");
        meter.CreateObservableGauge(
            "kvstore.replication.lag.time", () => PerFollower(leader, lane => leader.LagOf(lane).TotalSeconds), "s", "Age of the oldest entry that a follower lacks.");
    }

    private static IEnumerable<Measurement<T>> PerFollower<T>(Leader leader, Func<LaneStatus, T> read)
        where T : struct =>
        leader.Followers.Select(lane => new Measurement<T>(
            read(lane), new KeyValuePair<string, object?>("kvstore.follower", lane.Follower?.NodeId ?? lane.Address.ToString())));
}

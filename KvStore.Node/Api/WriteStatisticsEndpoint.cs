using System.Text;
using KvStore.Node.Replication.Leader;

namespace KvStore.Node.Api;

/// <summary>What a leader says of all its writes, and of the slowest, whether they are traced or not.</summary>
internal static class WriteStatisticsEndpoint
{
    /// <summary>Maps it.</summary>
    public static void MapWriteStatistics(this IEndpointRouteBuilder app) =>
        app.MapGet("/replication/writes", (Leader leader) => Results.Json(Describe(leader), ApiJson.Shared.WriteStatisticsInfo))
            .Produces<WriteStatisticsInfo>();

    private static WriteStatisticsInfo Describe(Leader leader)
    {
        var reading = leader.Statistics.Read();
        var lag = leader.Settings.Lag;
        return new WriteStatisticsInfo(
            reading.Writes, reading.Sampled, lag.MinMs, lag.MaxMs, leader.Settings.WriteQuorum,
            reading.Last is { } last ? Describe(leader, last) : null,
            [.. reading.ByQuorum.Select(Describe)],
            [.. reading.Slowest.Select(slow => Describe(leader, slow))]);
    }

    private static LastWriteInfo Describe(Leader leader, LastWrite last) => new(
        last.Lsn, last.WriteQuorum, Seconds(last.Latency),
        [.. leader.Statistics.ConfirmedBy(last).Select(by => new ConfirmationInfo(leader.NameOf(by.Lane), Seconds(by.After)))]);

    private static QuorumLatencyInfo Describe(QuorumLatency latency) => new(
        latency.WriteQuorum, latency.Count, Seconds(latency.Sum), Seconds(latency.LagSum),
        [.. latency.Buckets.Select(bucket => new LatencyBucketInfo(Seconds(bucket.UpTo), bucket.Count))]);

    private static SlowWriteInfo Describe(Leader leader, SlowWrite slow) => new(
        slow.Lsn, Encoding.UTF8.GetString(slow.Key), slow.ArrivedAt.UtcDateTime, slow.WriteQuorum, slow.IsSuccess ? "success" : "unknown",
        Seconds(slow.Latency), slow.QuorumLane is { } lane ? leader.NameOf(lane) : null, slow.TraceId,
        [.. Enumerable.Range(0, leader.LaneCount).Select(index => new SlowFollowerInfo(
            leader.NameOf(index), Seconds(slow.LagOf(index)), slow.ConfirmedAfter(index) is { } after ? Seconds(after) : null))]);

    private static double Seconds(TimeSpan duration) => Math.Round(duration.TotalSeconds, 6);
}

using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Storage;

namespace KvStore.Node.Api;

/// <summary>What a leader says of itself and of its followers.</summary>
internal static class LeaderEndpoints
{
    /// <summary>Maps everything that only a leader has.</summary>
    public static void MapLeader(this IEndpointRouteBuilder app, NodeOptions options)
    {
        app.MapGet("/", DescribeAsync).Produces<LeaderInfo>();
        app.MapMethods("/health", Health.Methods, (Leader leader) => Health.Answer(leader.Health(), "leader", null)).Produces<HealthInfo>().Produces<HealthInfo>(503);
        app.MapGet("/replication", (Leader leader) => Results.Json(Replication(leader), ApiJson.Shared.LeaderReplicationInfo))
            .Produces<LeaderReplicationInfo>();
        app.MapWriteStatistics();
        app.MapWrites(options);
        app.MapSettings();
        app.MapPausing();
    }

    private static async Task<IResult> DescribeAsync(
        Leader leader, ReplicaStore store, NodeOptions options, NodeAddresses addresses, CancellationToken cancellationToken)
    {
        var info = new LeaderInfo(
            "leader", options.NodeId, Environment.ProcessId, await addresses.FollowersAsync(cancellationToken), leader.Settings.WriteQuorum,
            leader.ClusterId, store.StoreId, leader.Epoch.Counter, leader.LastLsn, leader.CommitLsn);
        return Results.Json(info, ApiJson.Shared.LeaderInfo);
    }

    private static LeaderReplicationInfo Replication(Leader leader) => new(
        "leader", leader.ClusterId, leader.Epoch.Counter, leader.LastLsn, leader.CommitLsn, leader.CutLsn, leader.Settings.WriteQuorum,
        [.. leader.Followers.Select(lane => Describe(leader, lane))]);

    private static LaneInfo Describe(Leader leader, LaneStatus lane) => new(
        lane.Follower?.NodeId,
        lane.Address.ToString().TrimEnd('/'),
        lane.Progress.State.Name(),
        lane.Progress.Cause,
        NameOf(lane.Mode),
        lane.IsPaused,
        lane.Follower?.StoreId,
        lane.Watermark,
        AnswerParts.RangesAbove(lane.Watermark, lane.Holdings),
        lane.LagEntries,
        lane.LagBytes,
        Math.Round(leader.LagOf(lane).TotalSeconds, 3),
        lane.InFlight,
        Math.Round(lane.Progress.EntriesPerSecond, 1),
        AnswerParts.Seconds(lane.Progress.TimeToCatchUp),
        AnswerParts.Seconds(lane.SinceContact),
        lane.SnapshotLsn is { } lsn ? new SnapshotInfo(lsn, lane.SnapshotRows) : null,
        lane.LastError);

    private static string NameOf(LaneMode mode) => mode switch
    {
        LaneMode.Probe => "probe",
        LaneMode.Replicate => "replicate",
        LaneMode.Snapshot => "snapshot",
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };
}

using KvStore.Node.Configuration;
using KvStore.Node.Replication.Follower;
using KvStore.Node.Storage;

namespace KvStore.Node.Api;

/// <summary>What a follower says of itself.</summary>
internal static class FollowerEndpoints
{
    /// <summary>Maps everything that only a follower has.</summary>
    public static void MapFollower(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", DescribeAsync).Produces<FollowerInfo>();
        app.MapMethods("/health", Health.Methods, (Follower follower, NodeOptions options) => Health.Answer(follower.Health(), "follower", options.NodeId))
            .Produces<HealthInfo>().Produces<HealthInfo>(503);
        app.MapGet("/replication", (Follower follower) => Results.Json(Replication(follower.Status()), ApiJson.Shared.FollowerReplicationInfo))
            .Produces<FollowerReplicationInfo>();
        app.MapReplicate();
    }

    private static async Task<IResult> DescribeAsync(
        Follower follower, NodeOptions options, NodeAddresses addresses, CancellationToken cancellationToken)
    {
        var status = follower.Status();
        var info = new FollowerInfo(
            "follower", options.NodeId, Environment.ProcessId, await addresses.LeaderAsync(cancellationToken), status.ClusterId,
            status.Identity.StoreId, status.Epoch?.Counter, status.Watermark);
        return Results.Json(info, ApiJson.Shared.FollowerInfo);
    }

    private static FollowerReplicationInfo Replication(FollowerStatus status) => new(
        "follower", status.Identity.NodeId, status.Identity.StoreId, status.ClusterId, status.Epoch?.Counter, status.IsStandalone,
        status.Watermark, AnswerParts.RangesAbove(status.Watermark, status.Holdings), status.CutLsn, status.LeaderLsn,
        Math.Max(0, status.LeaderLsn - status.HeldEntries), AnswerParts.Seconds(status.SinceContact),
        status.Install is { } install ? new SnapshotInfo(install.Lsn, install.Rows) : null);
}

using System.Globalization;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Api;

/// <summary>What the people who run a cluster may do to it; every call needs the cluster secret.</summary>
internal static class AdminEndpoints
{
    /// <summary>Maps pausing and resuming a follower's replication, on the leader.</summary>
    public static void MapPausing(this IEndpointRouteBuilder app)
    {
        app.MapPost("/admin/replication/{follower}/pause", (string follower, Leader leader, ILogger<Leader> logger) =>
            SetPaused(leader, follower, isPaused: true, logger)).Guarded<PauseInfo>();
        app.MapPost("/admin/replication/{follower}/resume", (string follower, Leader leader, ILogger<Leader> logger) =>
            SetPaused(leader, follower, isPaused: false, logger)).Guarded<PauseInfo>();
    }

    /// <summary>Maps the backup, on every node.</summary>
    public static void MapBackup(this IEndpointRouteBuilder app) => app.MapPost("/admin/backup", BackUp).Guarded<BackupInfo>();

    private static void Guarded<T>(this RouteHandlerBuilder endpoint) => endpoint.WithClusterSecret()
        .Produces<T>().Produces<ApiProblem>(404, ApiProblem.MediaType).Produces<ApiProblem>(503, ApiProblem.MediaType);

    private static IResult SetPaused(Leader leader, string follower, bool isPaused, ILogger logger)
    {
        if (!leader.SetPaused(follower, isPaused))
        {
            var known = string.Join(", ", leader.Followers.Select(lane => lane.Follower?.NodeId).OfType<string>());
            return new ApiProblem(
                StatusCodes.Status404NotFound,
                $"No follower '{ApiProblem.Shorten(follower)}' has been greeted since the leader started; {(known.Length == 0 ? "none has yet" : $"there are: {known}")}.");
        }

        logger.ReplicationPaused(follower, isPaused ? "paused" : "resumed");
        return Results.Json(new PauseInfo(isPaused ? "paused" : "resumed", follower), ApiJson.Shared.PauseInfo);
    }

    private static IResult BackUp(ReplicaStore store, NodeOptions options, TimeProvider time, ILogger<ReplicaStore> logger)
    {
        // Several nodes may have one BACKUP_DIR.
        var path = Path.Combine(options.BackupDirectory, string.Create(CultureInfo.InvariantCulture, $"{options.NodeId}-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}"));
        long lastLsn;
        try
        {
            Directory.CreateDirectory(options.BackupDirectory);
            lastLsn = store.BackUp(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ApiProblem.Busy($"BACKUP_DIR, '{options.BackupDirectory}', cannot be used: {e.Message}");
        }
        catch (StorageException e)
        {
            return ApiProblem.Busy($"No backup was made: {e.Message}");
        }

        logger.BackedUp(path, lastLsn);
        return Results.Json(new BackupInfo("created", path, lastLsn), ApiJson.Shared.BackupInfo);
    }
}

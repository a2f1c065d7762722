using KvStore.Node.Replication;

namespace KvStore.Node.Api;

/// <summary>The answer to <c>GET /health</c>.</summary>
internal static class Health
{
    /// <summary>What <c>Allow</c> names: load balancers probe with HEAD as well.</summary>
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>200 while the node can do its job, 503 with the reason when it cannot.</summary>
    public static IResult Answer(NodeHealth health, string role, string? id)
    {
        var info = new HealthInfo(
            health.IsHealthy ? "healthy" : "unhealthy", role, id,
            health.IsHealthy ? null : health.Reasons[0],
            health.Reasons.Count == 0 ? null : health.Reasons);
        return Results.Json(
            info, ApiJson.Shared.HealthInfo, statusCode: health.IsHealthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

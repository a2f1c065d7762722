using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Leader;

/// <summary>The HTTP client of <see cref="LaneClient"/>.</summary>
internal static class ReplicationClient
{
    /// <summary>Adds it.</summary>
    public static void AddReplicationClient(this IServiceCollection services, FaultPlan? faults) =>
        services.AddHttpClient(LaneClient.ReplicationClient)
            .UseSocketsHttpHandler((handler, _) => Configure(handler))
            .WithoutResilience()
            .AddFaults(faults)
            .RemoveAllLoggers();

    // Nodes talk to one another directly, whatever proxy the environment names; and no batch belongs to one write's trace.
    private static void Configure(SocketsHttpHandler handler)
    {
        handler.ConnectTimeout = TimeSpan.FromSeconds(2);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2);
        handler.ActivityHeadersPropagator = null;
        handler.UseProxy = false;
        handler.UseCookies = false;
        handler.AllowAutoRedirect = false;
    }
}

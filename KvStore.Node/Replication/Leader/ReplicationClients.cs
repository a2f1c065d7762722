using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Leader;

/// <summary>The HTTP clients of <see cref="LaneClient"/>.</summary>
internal static class ReplicationClients
{
    /// <summary>Adds the client for entries and the one for greetings.</summary>
    public static void AddReplicationClients(this IServiceCollection services, FaultPlan? faults)
    {
        services.AddHttpClient(LaneClient.ReplicationClient)
            .UseSocketsHttpHandler((handler, _) => Configure(handler))
            .WithoutResilience()
            .AddFaults(faults)
            .RemoveAllLoggers();
        services.AddHttpClient(LaneClient.ControlClient)
            .UseSocketsHttpHandler((handler, _) => Configure(handler))
            .AddFaults(faults);
    }

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

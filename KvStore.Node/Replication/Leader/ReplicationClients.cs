namespace KvStore.Node.Replication.Leader;

/// <summary>The HTTP clients of <see cref="LaneClient"/>.</summary>
internal static class ReplicationClients
{
    /// <summary>Adds the client for entries and the one for greetings.</summary>
    public static void AddReplicationClients(this IServiceCollection services)
    {
        services.AddHttpClient(LaneClient.ReplicationClient)
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2);
                handler.ActivityHeadersPropagator = null;
                handler.UseProxy = false;
                handler.UseCookies = false;
                handler.AllowAutoRedirect = false;
            })
            .WithoutResilience()
            .RemoveAllLoggers();
        services.AddHttpClient(LaneClient.ControlClient);
    }
}

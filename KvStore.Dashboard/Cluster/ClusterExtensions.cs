namespace KvStore.Dashboard.Cluster;

/// <summary>What the pages know of the cluster, and what they can do to it.</summary>
internal static class ClusterExtensions
{
    /// <summary>Adds the watch over the cluster.</summary>
    public static void AddCluster(this IServiceCollection services)
    {
        // One call, one answer: who looks at a page wants to see a failure and not its third repetition. The trace context that a write
        // travels under is set by whoever writes.
        services.AddHttpClient(NodeClient.HttpClientName)
            .WithoutResilience()
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { ActivityHeadersPropagator = null, ConnectTimeout = NodeClient.ReadLimit });
        services.AddSingleton<NodeClient>();
        services.AddSingleton<ClusterMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<ClusterMonitor>());
        services.AddSingleton<ConvergenceCheck>();
        services.AddTransient<WriteTrial>();
    }
}

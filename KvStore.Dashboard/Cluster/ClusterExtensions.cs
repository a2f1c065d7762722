namespace KvStore.Dashboard.Cluster;

/// <summary>What the pages know of the cluster.</summary>
internal static class ClusterExtensions
{
    /// <summary>Adds the watch over the cluster.</summary>
    public static void AddCluster(this IServiceCollection services)
    {
    }
}

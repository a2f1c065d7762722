namespace KvStore.Dashboard.Components.Traces;

/// <summary>What the pages of traces need beside the stores.</summary>
internal static class TracePagesExtensions
{
    /// <summary>Adds it.</summary>
    public static void AddTracePages(this IServiceCollection services) =>
        services.AddSingleton<ILeaderWritesSource, MonitoredWrites>();
}

namespace KvStore.Dashboard.Engine;

/// <summary>The engine that started the cluster, where there is one.</summary>
internal static class EngineExtensions
{
    /// <summary>Adds its client.</summary>
    public static void AddEngine(this IServiceCollection services)
    {
        // A command is not repeated by itself: the person who gave it sees what became of it.
        services.AddHttpClient(EngineClient.HttpClientName).WithoutResilience().RemoveAllLoggers();
        services.AddSingleton<EngineClient>();
    }
}

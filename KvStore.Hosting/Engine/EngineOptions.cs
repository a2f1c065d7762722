namespace KvStore.Hosting.Engine;

/// <summary>The limits of the engine.</summary>
internal sealed record EngineOptions
{
    /// <summary>
    /// How long a resource may take to become healthy: after it, the console says so, and a resource that waits for it gives up.
    /// Too low fails on a slow machine.
    /// </summary>
    public TimeSpan HealthLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a process may take to stop before it is killed. Too low cuts off what it still writes.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether every endpoint gets a free port, whatever port it asks for.</summary>
    public bool RandomizePorts { get; init; }
}

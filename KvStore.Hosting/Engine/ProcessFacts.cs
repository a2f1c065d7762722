namespace KvStore.Hosting.Engine;

/// <summary>One life of a resource's process, as others may see it at one moment.</summary>
/// <param name="ProcessId">The id that the operating system gave it.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="Environment">What the engine set for it.</param>
internal sealed record ProcessFacts(int ProcessId, DateTimeOffset StartedAt, IReadOnlyList<EnvironmentVariable> Environment)
{
    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? StoppedAt { get; init; }
}

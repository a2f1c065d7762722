namespace KvStore.Hosting.Docker;

/// <summary>A variable of the <c>.env</c> file beside the compose file.</summary>
public sealed class CapturedEnvironmentVariable
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for: the comment above it.</summary>
    public string? Description { get; set; }

    /// <summary>The value that it has in a new file; none when null.</summary>
    public string? DefaultValue { get; set; }
}

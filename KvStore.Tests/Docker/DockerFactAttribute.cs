namespace KvStore.Tests.Docker;

/// <summary>A test in real containers; skipped, with the reason, where there is no engine for them.</summary>
public sealed class DockerFactAttribute : FactAttribute
{
    public DockerFactAttribute()
    {
        Skip = Docker.SkipReason;
    }
}

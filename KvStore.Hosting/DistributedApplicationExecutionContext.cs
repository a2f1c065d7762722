namespace KvStore.Hosting;

/// <summary>What the AppHost was called for.</summary>
public sealed class DistributedApplicationExecutionContext
{
    internal DistributedApplicationExecutionContext(bool isPublishMode)
    {
        IsPublishMode = isPublishMode;
    }

    /// <summary>Whether the application is published: written down, to be run elsewhere and by something else.</summary>
    public bool IsPublishMode { get; }

    /// <summary>Whether the application runs on this machine.</summary>
    public bool IsRunMode => !IsPublishMode;
}

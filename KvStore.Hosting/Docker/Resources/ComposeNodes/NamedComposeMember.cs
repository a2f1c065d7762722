namespace KvStore.Hosting.Docker.Resources.ComposeNodes;

/// <summary>A part of a compose file that stands there under its name.</summary>
public abstract class NamedComposeMember
{
    /// <summary>The name.</summary>
    public required string Name { get; set; }
}

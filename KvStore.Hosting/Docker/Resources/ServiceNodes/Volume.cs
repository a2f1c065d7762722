using KvStore.Hosting.Docker.Resources.ComposeNodes;
using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ServiceNodes;

/// <summary>A volume: among a file's volumes with its driver, in a service with its source and target.</summary>
public sealed class Volume : NamedComposeMember
{
    /// <summary>In a service: <c>volume</c> or <c>bind</c>.</summary>
    public string? Type { get; set; }

    /// <summary>In a service: the folder in the container.</summary>
    public string? Target { get; set; }

    /// <summary>In a service: the name of the volume, or the folder of the host.</summary>
    public string? Source { get; set; }

    /// <summary>In a service: whether it cannot be written to.</summary>
    public bool? ReadOnly { get; set; }

    /// <summary>Among a file's volumes: what provides it, such as <c>local</c>.</summary>
    public string? Driver { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode()
        .With("type", Type)
        .With("target", Target)
        .With("source", Source)
        .With("read_only", ReadOnly)
        .With("driver", Driver);
}

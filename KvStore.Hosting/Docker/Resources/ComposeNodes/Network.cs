using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ComposeNodes;

/// <summary>A network that services share.</summary>
public sealed class Network : NamedComposeMember
{
    /// <summary>What provides it, such as <c>bridge</c>.</summary>
    public string? Driver { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode().With("driver", Driver);
}

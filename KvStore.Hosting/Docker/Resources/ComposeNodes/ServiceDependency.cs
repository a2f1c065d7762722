using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ComposeNodes;

/// <summary>What a service waits for before it starts.</summary>
public sealed class ServiceDependency
{
    /// <summary><c>service_started</c>, or <c>service_healthy</c> for a service that has a health check.</summary>
    public string? Condition { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode().With("condition", Condition);
}

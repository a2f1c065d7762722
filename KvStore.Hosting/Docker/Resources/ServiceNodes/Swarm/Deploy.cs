using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ServiceNodes.Swarm;

/// <summary>How a service is deployed.</summary>
public sealed class Deploy
{
    /// <summary>The resources that it may use.</summary>
    public Resources? Resources { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode().With("resources", Resources?.ToYaml());
}

/// <summary>The resources of a service.</summary>
public sealed class Resources
{
    /// <summary>What it may use at most.</summary>
    public ResourceSpec? Limits { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode().With("limits", Limits?.ToYaml());
}

/// <summary>An amount of resources.</summary>
public sealed class ResourceSpec
{
    /// <summary>Memory, such as <c>512M</c>.</summary>
    public string? Memory { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode().With("memory", Memory);
}

using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ServiceNodes;

/// <summary>How an image is built.</summary>
public sealed class Build
{
    /// <summary>The folder whose files the build sees, relative to the compose file.</summary>
    public string? Context { get; set; }

    /// <summary>The Dockerfile, relative to the context.</summary>
    public string? Dockerfile { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode().With("context", Context).With("dockerfile", Dockerfile);
}

using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Docker;

/// <summary>A resource in its life as a service of a compose file.</summary>
public sealed class DockerComposeServiceResource : Resource
{
    internal DockerComposeServiceResource(string name) : base(name)
    {
    }
}

using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Docker.Resources;

namespace KvStore.Hosting.Docker;

/// <summary>Docker Compose, as a place that the application is published for.</summary>
public sealed class DockerComposeEnvironmentResource : Resource
{
    internal DockerComposeEnvironmentResource(string name) : base(name)
    {
    }

    internal Action<ComposeFile>? ConfigureComposeFile { get; set; }

    internal Action<IDictionary<string, CapturedEnvironmentVariable>>? ConfigureEnvFile { get; set; }
}

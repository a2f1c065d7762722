namespace KvStore.Hosting.ApplicationModel;

/// <summary>A .NET project that runs as a process of its own.</summary>
public sealed class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    internal ProjectResource(string name, IProjectMetadata project) : base(name)
    {
        Project = project;
    }

    internal IProjectMetadata Project { get; }

    /// <summary>The endpoint, or null for a process that listens nowhere.</summary>
    internal EndpointAnnotation? Endpoint => Annotations.OfType<EndpointAnnotation>().SingleOrDefault();

    internal HealthCheckAnnotation? HealthCheck => Annotations.OfType<HealthCheckAnnotation>().LastOrDefault();
}

namespace KvStore.Hosting.ApplicationModel;

/// <summary>A .NET project that runs as a process of its own.</summary>
public sealed class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    internal ProjectResource(string name, IProjectMetadata project) : base(name)
    {
        Project = project;
    }

    internal IProjectMetadata Project { get; }

    /// <summary>The endpoint that stands for the resource where there is room for one, or null for a process that listens nowhere.</summary>
    internal EndpointAnnotation? Endpoint => this.FindEndpoint(EndpointAnnotation.DefaultName) ?? this.GetEndpoints().FirstOrDefault();

    internal HealthCheckAnnotation? HealthCheck => Annotations.OfType<HealthCheckAnnotation>().LastOrDefault();
}

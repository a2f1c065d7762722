namespace KvStore.Hosting.ApplicationModel;

/// <summary>Stands for the address of an endpoint, which is known once the application is started.</summary>
public sealed class EndpointReference
{
    internal EndpointReference(IResourceWithEndpoints resource, string endpointName)
    {
        Resource = resource;
        EndpointName = endpointName;
    }

    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; }

    /// <summary>The name of the endpoint.</summary>
    public string EndpointName { get; }

    /// <summary>The address without a slash at its end. The resource need not run.</summary>
    /// <exception cref="DistributedApplicationException">The resource has no such endpoint.</exception>
    /// <exception cref="InvalidOperationException">The application has not been started, so no port is allocated.</exception>
    internal string Address => Resource.GetEndpoint(EndpointName).Address;
}

/// <summary>Finds endpoints among the annotations of a resource.</summary>
internal static class ResourceEndpoints
{
    public static IEnumerable<EndpointAnnotation> GetEndpoints(this IResource resource) => resource.Annotations.OfType<EndpointAnnotation>();

    /// <returns>Null when there is none of that name.</returns>
    public static EndpointAnnotation? FindEndpoint(this IResource resource, string name) =>
        resource.GetEndpoints().FirstOrDefault(endpoint => endpoint.IsNamed(name));

    /// <exception cref="DistributedApplicationException">There is none of that name.</exception>
    public static EndpointAnnotation GetEndpoint(this IResource resource, string name) =>
        resource.FindEndpoint(name) ?? throw new DistributedApplicationException(
            $"resource '{resource.Name}' has no endpoint '{name}'. Its endpoints: {string.Join(", ", resource.GetEndpoints().Select(e => e.Name).DefaultIfEmpty("none"))}.");
}

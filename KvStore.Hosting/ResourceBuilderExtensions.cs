using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting;

/// <summary>Describes a resource: endpoint, health, environment, references, order of start.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Lets a resource listen for HTTP on the loopback interface. Its address stays the same when it is restarted.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port; any free one when null, and in tests.</param>
    /// <exception cref="DistributedApplicationException">It has an endpoint.</exception>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.Annotations.OfType<EndpointAnnotation>().Any()
            ? throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' has an endpoint named '{EndpointAnnotation.Scheme}' already.")
            : builder.Annotate(new EndpointAnnotation { Port = port });
    }

    /// <summary>Says that a resource is healthy when a path answers with status 200. Without it a resource is healthy when it runs.</summary>
    /// <param name="builder">The resource, which needs an endpoint.</param>
    /// <param name="path">The path; the root when null.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null)
        where T : IResourceWithEndpoints => builder.Annotate(new HealthCheckAnnotation(path ?? "/"));

    /// <summary>Sets an environment variable.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="value">The value; empty when null.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.Annotate(new EnvironmentAnnotation(name, () => value ?? ""));

    /// <summary>Sets an environment variable to the value of a parameter.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="parameter">The parameter.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return builder.Annotate(new EnvironmentAnnotation(name, () => parameter.Resource.Value));
    }

    /// <summary>
    /// Lets a resource find another one by service discovery, as <c>http://NAME</c>: sets <c>services__NAME__http__0</c> and
    /// <c>NAME_HTTP</c> to its address. References may go both ways.
    /// </summary>
    /// <param name="builder">The resource that looks.</param>
    /// <param name="source">The resource that is found.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        var name = source.Resource.Name;
        var variablePrefix = name.Replace('-', '_').ToUpperInvariant();
        return builder
            .Annotate(new EnvironmentAnnotation($"services__{name}__{EndpointAnnotation.Scheme}__0", GetAddress))
            .Annotate(new EnvironmentAnnotation($"{variablePrefix}_{EndpointAnnotation.Scheme.ToUpperInvariant()}", GetAddress));

        // Asked for at start, when the endpoint may have been added after the reference. Without one there is nothing to find.
        string? GetAddress() => source.Resource.Annotations.OfType<EndpointAnnotation>().SingleOrDefault()?.Url.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Lets a resource start only when another one is healthy.</summary>
    /// <param name="builder">The resource that waits.</param>
    /// <param name="dependency">The resource that is waited for.</param>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(dependency);
        return builder.Annotate(new WaitAnnotation(dependency.Resource));
    }

    private static IResourceBuilder<T> Annotate<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}

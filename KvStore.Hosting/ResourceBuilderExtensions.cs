using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting;

/// <summary>Describes a resource: endpoint, health, environment, references, order of start.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>
    /// Lets a resource listen for HTTP on the loopback interface. Its address stays the same when it is restarted. A resource may
    /// have several endpoints.
    /// </summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port; any free one when null, and in tests.</param>
    /// <param name="targetPort">
    /// The port inside the container, for what is published. When the application runs, the process listens on <paramref name="port"/>
    /// itself, without a proxy before it, and this is without effect.
    /// </param>
    /// <param name="name">The name of the endpoint; <c>http</c> when null.</param>
    /// <param name="env">
    /// The variable that tells the process the port. An endpoint that has one is not in <c>ASPNETCORE_URLS</c>, or <c>HTTP_PORTS</c>
    /// in what is published: the process opens it itself.
    /// </param>
    /// <exception cref="DistributedApplicationException">It has an endpoint of that name.</exception>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        name ??= EndpointAnnotation.DefaultName;
        return builder.Resource.FindEndpoint(name) is null
            ? builder.WithAnnotation(new EndpointAnnotation { Name = name, Port = port, TargetPort = targetPort, PortVariable = env })
            : throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' has an endpoint named '{name}' already.");
    }

    /// <summary>
    /// Opens the endpoints that the resource has by now to the outside in what is published. When the application runs, they stay on
    /// the loopback interface.
    /// </summary>
    /// <param name="builder">The resource.</param>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var endpoint in builder.Resource.GetEndpoints())
        {
            endpoint.IsExternal = true;
        }

        return builder;
    }

    /// <summary>Stands for an endpoint of a resource wherever its address is wanted. The endpoint may be added later.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the endpoint.</param>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return new EndpointReference(builder.Resource, name);
    }

    /// <summary>Says that a resource is healthy when a path answers with status 200. Without it a resource is healthy when it runs.</summary>
    /// <param name="builder">The resource, which needs the endpoint when it starts.</param>
    /// <param name="path">The path; the root when null.</param>
    /// <param name="endpointName">The name of the endpoint that is asked; <c>http</c> when null.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, string? endpointName = null)
        where T : IResourceWithEndpoints => builder.WithAnnotation(new HealthCheckAnnotation(path ?? "/", endpointName ?? EndpointAnnotation.DefaultName));

    /// <summary>Adds an address for people to open. One with a display text is shown in a line of its own when the application is up.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="url">The address, with endpoints and parameters in its holes.</param>
    /// <param name="displayText">What is found there.</param>
    public static IResourceBuilder<T> WithUrl<T>(
        this IResourceBuilder<T> builder, in ReferenceExpression.ExpressionInterpolatedStringHandler url, string? displayText = null)
        where T : IResource => builder.WithAnnotation(new UrlAnnotation(url.GetExpression(), displayText));

    /// <summary>Sets an environment variable.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="value">The value; empty when null.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(name, ReferenceExpression.Create($"{value}"));

    /// <summary>Sets an environment variable to the value of a parameter.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="parameter">The parameter.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return builder.WithEnvironment(name, ReferenceExpression.Create($"{parameter}"));
    }

    /// <summary>Sets an environment variable to the address of an endpoint, whose resource need not run.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="endpointReference">The endpoint.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(endpointReference);
        return builder.WithEnvironment(name, ReferenceExpression.Create($"{endpointReference}"));
    }

    /// <summary>Sets an environment variable to a text with endpoints and parameters in it.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="value">The text.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(value);
        return builder.WithAnnotation(new EnvironmentAnnotation(name, value));
    }

    /// <summary>Sets an environment variable to an interpolated string with endpoints and parameters in its holes.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The name of the variable.</param>
    /// <param name="value">The string.</param>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, in ReferenceExpression.ExpressionInterpolatedStringHandler value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(name, value.GetExpression());

    /// <summary>
    /// Lets a resource find another one by service discovery, as <c>http://NAME</c>: sets <c>services__NAME__ENDPOINT__0</c> and
    /// <c>NAME_ENDPOINT</c> to the address of each of its endpoints, which may be added later. References may go both ways.
    /// A resource that another one references is needed: the application does not start without it.
    /// </summary>
    /// <param name="builder">The resource that looks.</param>
    /// <param name="source">The resource that is found.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return builder.WithAnnotation(new ReferenceAnnotation(source.Resource));
    }

    /// <summary>Lets a resource start only when another one is healthy.</summary>
    /// <param name="builder">The resource that waits.</param>
    /// <param name="dependency">The resource that is waited for.</param>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(dependency);
        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource));
    }

    internal static IResourceBuilder<T> WithAnnotation<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}

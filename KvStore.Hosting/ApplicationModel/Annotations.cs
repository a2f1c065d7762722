namespace KvStore.Hosting.ApplicationModel;

/// <summary>One port that a resource listens on, for HTTP on the loopback interface.</summary>
internal sealed class EndpointAnnotation : IResourceAnnotation
{
    /// <summary>The name of an endpoint that was given none, and the scheme of all of them.</summary>
    public const string DefaultName = "http";

    private Uri? _url;

    /// <summary>The name, unique among the endpoints of the resource whatever its case.</summary>
    public required string Name { get; init; }

    /// <summary>The port that was asked for, or null for any.</summary>
    public required int? Port { get; init; }

    /// <summary>The port inside the container, in what is published.</summary>
    public int? TargetPort { get; init; }

    /// <summary>Whether what is published opens the port to the outside as well.</summary>
    public bool IsExternal { get; set; }

    /// <summary>The variable that tells the process the port. Null: the port is among the addresses of <c>ASPNETCORE_URLS</c>.</summary>
    public string? PortVariable { get; init; }

    /// <summary>The address, which stays the same when the resource is restarted.</summary>
    /// <exception cref="InvalidOperationException">The application has not been started, so no port is allocated.</exception>
    public Uri Url => _url ?? throw new InvalidOperationException("The endpoint has no port before the application is started.");

    /// <summary>The address without a slash at its end.</summary>
    /// <exception cref="InvalidOperationException">The application has not been started, so no port is allocated.</exception>
    public string Address => Url.GetLeftPart(UriPartial.Authority);

    public bool IsNamed(string name) => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);

    public void Allocate(int port) => _url = new Uri($"http://localhost:{port}");
}

/// <summary>One environment variable, whose value is asked for each time that the resource starts.</summary>
internal sealed record EnvironmentAnnotation(string Name, ReferenceExpression Value) : IResourceAnnotation;

/// <summary>A resource that this one finds by its name. Its endpoints may be added after the reference.</summary>
internal sealed record ReferenceAnnotation(IResourceWithServiceDiscovery Resource) : IResourceAnnotation;

/// <summary>The path that answers with 200 when the resource is healthy, and the endpoint that it is asked at.</summary>
internal sealed record HealthCheckAnnotation(string Path, string EndpointName) : IResourceAnnotation;

/// <summary>An address for people to open, beside those of the endpoints.</summary>
internal sealed record UrlAnnotation(ReferenceExpression Url, string? DisplayText) : IResourceAnnotation;

/// <summary>A resource that has to be healthy before this one starts.</summary>
internal sealed record WaitAnnotation(IResource Dependency) : IResourceAnnotation;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>The port that a resource listens on, for HTTP on the loopback interface.</summary>
internal sealed class EndpointAnnotation : IResourceAnnotation
{
    /// <summary>The name of the endpoint, which is also its scheme.</summary>
    public const string Scheme = "http";

    private Uri? _url;

    /// <summary>The port that was asked for, or null for any.</summary>
    public required int? Port { get; init; }

    /// <summary>The address, which stays the same when the resource is restarted.</summary>
    /// <exception cref="InvalidOperationException">The application has not been started, so no port is allocated.</exception>
    public Uri Url => _url ?? throw new InvalidOperationException("The endpoint has no port before the application is started.");

    public void Allocate(int port) => _url = new Uri($"{Scheme}://localhost:{port}");
}

/// <summary>One environment variable, whose value is asked for each time that the resource starts; null leaves it out.</summary>
internal sealed record EnvironmentAnnotation(string Name, Func<string?> Value) : IResourceAnnotation;

/// <summary>The path that answers with 200 when the resource is healthy.</summary>
internal sealed record HealthCheckAnnotation(string Path) : IResourceAnnotation;

/// <summary>A resource that has to be healthy before this one starts.</summary>
internal sealed record WaitAnnotation(IResource Dependency) : IResourceAnnotation;

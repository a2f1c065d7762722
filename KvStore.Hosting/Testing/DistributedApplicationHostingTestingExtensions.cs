using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Hosting.Testing;

/// <summary>Reaches the resources of an application from a test.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>Makes a client for a resource. It belongs to the caller.</summary>
    /// <param name="app">The application, started.</param>
    /// <param name="resourceName">The name of the resource.</param>
    /// <param name="endpointName">The name of the endpoint; <c>http</c> when null.</param>
    /// <exception cref="ArgumentException">There is no such resource, or it has no such endpoint.</exception>
    /// <exception cref="InvalidOperationException">The application has not been started.</exception>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName, endpointName);
        return client;
    }

    /// <summary>The address of a resource.</summary>
    /// <param name="app">The application, started.</param>
    /// <param name="resourceName">The name of the resource.</param>
    /// <param name="endpointName">The name of the endpoint; <c>http</c> when null.</param>
    /// <exception cref="ArgumentException">There is no such resource, or it has no such endpoint.</exception>
    /// <exception cref="InvalidOperationException">The application has not been started.</exception>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var resource = app.Resources.OfType<ProjectResource>()
            .FirstOrDefault(resource => string.Equals(resource.Name, resourceName, StringComparison.OrdinalIgnoreCase));
        endpointName ??= EndpointAnnotation.DefaultName;
        return resource?.FindEndpoint(endpointName)?.Url
            ?? throw new ArgumentException($"There is no resource '{resourceName}' with an endpoint '{endpointName}'.", nameof(resourceName));
    }
}

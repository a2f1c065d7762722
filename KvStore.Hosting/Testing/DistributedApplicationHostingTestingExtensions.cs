using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Hosting.Testing;

/// <summary>Reaches the resources of an application from a test.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>Makes a client for a resource. It belongs to the caller.</summary>
    /// <param name="app">The application, started.</param>
    /// <param name="resourceName">The name of the resource.</param>
    /// <exception cref="ArgumentException">There is no such resource, or it has no endpoint.</exception>
    /// <exception cref="InvalidOperationException">The application has not been started.</exception>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName)
    {
        ArgumentNullException.ThrowIfNull(app);
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName);
        return client;
    }

    /// <summary>The address of a resource.</summary>
    /// <param name="app">The application, started.</param>
    /// <param name="resourceName">The name of the resource.</param>
    /// <exception cref="ArgumentException">There is no such resource, or it has no endpoint.</exception>
    /// <exception cref="InvalidOperationException">The application has not been started.</exception>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName)
    {
        ArgumentNullException.ThrowIfNull(app);
        var resource = app.Resources.OfType<ProjectResource>()
            .FirstOrDefault(resource => string.Equals(resource.Name, resourceName, StringComparison.OrdinalIgnoreCase));
        return (resource?.Endpoint ?? throw new ArgumentException($"There is no resource '{resourceName}' with an endpoint.", nameof(resourceName))).Url;
    }
}

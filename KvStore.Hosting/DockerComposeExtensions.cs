using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Docker;
using KvStore.Hosting.Docker.Resources;
using KvStore.Hosting.Docker.Resources.ComposeNodes;

namespace KvStore.Hosting;

/// <summary>Says how an application is published for Docker Compose.</summary>
public static class DockerComposeExtensions
{
    /// <summary>
    /// Lets the application be published as a compose file with a service for each of its projects. When the application runs, it is
    /// no resource of it.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the environment.</param>
    public static IResourceBuilder<DockerComposeEnvironmentResource> AddDockerComposeEnvironment(this IDistributedApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var environment = new DockerComposeEnvironmentResource(name);
        return builder.ExecutionContext.IsPublishMode
            ? builder.AddResource(environment)
            : new ResourceBuilder<DockerComposeEnvironmentResource>(builder, environment);
    }

    /// <summary>Does without Aspire's dashboard.</summary>
    /// <param name="builder">The environment.</param>
    /// <param name="enabled">False: this engine publishes no dashboard of its own.</param>
    /// <exception cref="ArgumentException">The dashboard is asked for.</exception>
    public static IResourceBuilder<DockerComposeEnvironmentResource> WithDashboard(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, bool enabled = true) => enabled
            ? throw new ArgumentException("The embedded engine publishes no dashboard of its own; pass false.", nameof(enabled))
            : builder;

    /// <summary>Changes the file as a whole, after all of its services are there.</summary>
    /// <param name="builder">The environment.</param>
    /// <param name="configure">Gets the file.</param>
    public static IResourceBuilder<DockerComposeEnvironmentResource> ConfigureComposeFile(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, Action<ComposeFile> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.ConfigureComposeFile += configure;
        return builder;
    }

    /// <summary>Changes which variables the <c>.env</c> file beside the compose file has.</summary>
    /// <param name="builder">The environment.</param>
    /// <param name="configure">Gets the variables by name.</param>
    public static IResourceBuilder<DockerComposeEnvironmentResource> ConfigureEnvFile(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, Action<IDictionary<string, CapturedEnvironmentVariable>> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.ConfigureEnvFile += configure;
        return builder;
    }

    /// <summary>Changes a resource's service, after what follows from its description is there.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="configure">Gets the resource and its service.</param>
    public static IResourceBuilder<ProjectResource> PublishAsDockerComposeService(
        this IResourceBuilder<ProjectResource> builder, Action<DockerComposeServiceResource, Service> configure) => builder.WithAnnotation(new DockerComposeServiceCustomizationAnnotation(configure));
}

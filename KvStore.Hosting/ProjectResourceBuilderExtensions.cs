using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting;

/// <summary>Adds .NET projects to an application.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project that runs as a process of its own, in environment Production and without a launch profile.</summary>
    /// <typeparam name="TProject">The project, of the namespace <c>Projects</c>.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the resource. Several resources may run one project.</param>
    /// <param name="launchProfileName">Null: this engine reads no launch profiles.</param>
    /// <exception cref="ArgumentException">A launch profile is asked for.</exception>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        return launchProfileName is null
            ? builder.AddResource(new ProjectResource(name, new TProject()))
            : throw new ArgumentException("The embedded engine reads no launch profiles; pass null.", nameof(launchProfileName));
    }
}

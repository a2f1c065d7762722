namespace KvStore.Hosting.ApplicationModel;

/// <summary>A part of the application that has a name: a process that the engine runs, or a parameter.</summary>
public interface IResource
{
    /// <summary>The name, unique in the application whatever its case.</summary>
    string Name { get; }

    /// <summary>What has been said of the resource with the <c>With…</c> and <c>WaitFor</c> methods, in their order.</summary>
    IList<IResourceAnnotation> Annotations { get; }
}

/// <summary>Something that has been said of a resource.</summary>
public interface IResourceAnnotation;

/// <summary>A resource that gets environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that listens on a port.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that can wait for another one before it starts.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that others find by its name, <c>http://NAME</c>.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Describes a resource further, one call after the other.</summary>
/// <typeparam name="T">The kind of resource.</typeparam>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The application that the resource belongs to.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>The resource that is described.</summary>
    T Resource { get; }
}

/// <summary>What every kind of resource has.</summary>
public abstract class Resource : IResource
{
    /// <summary>Makes a resource without annotations.</summary>
    /// <param name="name">The name: ASCII letters, digits and single hyphens, beginning with a letter, at most 64 characters.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is none.</exception>
    protected Resource(string name)
    {
        ResourceName.Validate(name);
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IList<IResourceAnnotation> Annotations { get; } = [];
}

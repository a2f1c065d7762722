namespace KvStore.Hosting.ApplicationModel;

/// <summary>A resource that is being described, whether or not it has been added to the application.</summary>
internal sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T>
    where T : IResource;

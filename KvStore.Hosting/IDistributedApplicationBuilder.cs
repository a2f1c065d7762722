using System.Reflection;
using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Hosting;

/// <summary>Describes an application: its parameters, its resources and how they belong together.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>User secrets, then environment variables, then the command line: the later ones win.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The services of the AppHost itself, not of its resources.</summary>
    IServiceCollection Services { get; }

    /// <summary>Whether the application is to run, or to be published.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>The AppHost, whose attributes say where its project and its user secrets are.</summary>
    Assembly? AppHostAssembly { get; }

    /// <summary>The folder of the AppHost's project.</summary>
    string AppHostDirectory { get; }

    /// <summary>Adds a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <exception cref="DistributedApplicationException">There is one of that name.</exception>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>Makes an application that can be started.</summary>
    DistributedApplication Build();
}

using System.Reflection;
using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Hosting.Testing;

/// <summary>Makes the application of an AppHost in a test: its entry point runs in this process, its endpoints get free ports.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs the entry point of an AppHost up to the point where it builds its application.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly, such as <c>Projects.KvStore_AppHost</c>.</typeparam>
    /// <param name="args">The arguments: <c>--Parameters:NAME=VALUE</c>.</param>
    /// <param name="cancellationToken">Keeps the entry point from being run.</param>
    /// <exception cref="InvalidOperationException">The AppHost has no entry point, or builds no application.</exception>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class =>
        new TestingBuilder(await AppHostInterception.RunEntryPointAsync(typeof(TEntryPoint).Assembly, args, cancellationToken));

    private sealed class TestingBuilder : IDistributedApplicationTestingBuilder
    {
        private readonly DistributedApplicationBuilder _inner;

        public TestingBuilder(DistributedApplicationBuilder inner)
        {
            _inner = inner;
        }

        public ConfigurationManager Configuration => _inner.Configuration;

        public IServiceCollection Services => _inner.Services;

        public DistributedApplicationExecutionContext ExecutionContext => _inner.ExecutionContext;

        public Assembly? AppHostAssembly => _inner.AppHostAssembly;

        public string AppHostDirectory => _inner.AppHostDirectory;

        public IResourceBuilder<T> AddResource<T>(T resource)
            where T : IResource => _inner.AddResource(resource);

        public DistributedApplication Build() => _inner.BuildApplication();

        public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => Task.FromResult(Build());
    }
}

/// <summary>The description of an AppHost's application, which a test may change before it builds it.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder
{
    /// <summary>Makes an application that can be started.</summary>
    /// <param name="cancellationToken">Not needed by this engine.</param>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

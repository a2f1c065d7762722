using KvStore.Hosting.Engine;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Hosting;

/// <summary>Applications of a few real nodes, without the AppHost. What the engine and the nodes print is in <see cref="Lines"/>.</summary>
internal sealed class TestApplication : IResourceOutput, IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("kvstore-hosting-").FullName;
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public string Output => string.Join(Environment.NewLine, Lines);

    public IDistributedApplicationBuilder CreateBuilder(EngineOptions? options = null, params string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        builder.Services.AddSingleton<IResourceOutput>(this);
        builder.Services.AddSingleton(options ?? new EngineOptions { RandomizePorts = true });
        return builder;
    }

    /// <summary>A node that becomes healthy by itself.</summary>
    public IResourceBuilder<ProjectResource> AddFollower(IDistributedApplicationBuilder builder, string name, int? port = null) =>
        builder.AddProject<Projects.KvStore_Node>(name, launchProfileName: null)
            .WithHttpEndpoint(port: port)
            .WithHttpHealthCheck("/health")
            .WithEnvironment("NODE_ROLE", "follower")
            .WithEnvironment("NODE_ID", name)
            .WithEnvironment("LEADER", "http://leader")
            .WithEnvironment("CLUSTER_SECRET", "a-secret-of-the-tests-that-is-long-enough")
            .WithEnvironment("DATA_DIR", Path.Combine(_folder, name));

    public void WriteLine(string resourceName, string line, bool isError) => Notify($"{resourceName} | {line}");

    public void Notify(string message)
    {
        lock (_lines)
        {
            _lines.Add(message);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

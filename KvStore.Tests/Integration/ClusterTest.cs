using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>Integration classes run one after another, and beside nothing else: each has six processes of its own.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class IntegrationTests
{
    public const string Name = "Integration";
}

/// <summary>A class that owns a cluster, started before its first test and gone after its last.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    private Cluster? _cluster;

    public Cluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    private protected virtual ClusterOptions Options => new();

    public virtual async Task InitializeAsync() => _cluster = await Cluster.StartAsync(Options);

    public virtual async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}

/// <summary>A cluster as the AppHost describes it.</summary>
public sealed class PlainCluster : ClusterFixture;

/// <summary>A cluster whose replication can be held up, and whose writes wait so long that a test decides when they are answered.</summary>
public sealed class GatedCluster : ClusterFixture
{
    private protected override ClusterOptions Options => new() { IsGated = true, WriteTimeoutMs = 60_000 };
}

/// <summary>A cluster whose writes give up early.</summary>
public sealed class ImpatientCluster : ClusterFixture
{
    private protected override ClusterOptions Options => new() { WriteTimeoutMs = 1_500 };
}

/// <summary>A test on a cluster. What the nodes said meanwhile is in the output, which is shown when the test fails.</summary>
[Collection(IntegrationTests.Name)]
public abstract class ClusterTest(ClusterFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    private int _linesBefore;

    protected Cluster Cluster => fixture.Cluster;

    protected ITestOutputHelper Output => output;

    public Task InitializeAsync()
    {
        _linesBefore = Cluster.Log.Count;
        return Cluster.RestoreAsync();
    }

    public Task DisposeAsync()
    {
        foreach (var line in Cluster.Log.Since(_linesBefore))
        {
            output.WriteLine(line);
        }

        return Task.CompletedTask;
    }
}

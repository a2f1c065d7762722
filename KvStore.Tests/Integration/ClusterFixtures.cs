using KvStore.Tests.Telemetry;

namespace KvStore.Tests.Integration;

/// <summary>Collections of integration tests. They run one after another, and beside nothing else: each has six processes of its own.</summary>
public static class IntegrationTests
{
    public const string Plain = "Integration";
    public const string Observed = "Integration, observed";
    public const string Shown = "Integration, shown";
}

/// <summary>Tests of the cluster as it is.</summary>
[CollectionDefinition(IntegrationTests.Plain, DisableParallelization = true)]
public sealed class PlainTests : ICollectionFixture<PlainCluster>;

/// <summary>Tests that look, and reach, into its replication.</summary>
[CollectionDefinition(IntegrationTests.Observed, DisableParallelization = true)]
public sealed class ObservedTests : ICollectionFixture<ObservedCluster>;

/// <summary>Owns the cluster of a collection, started before its first test and gone after its last.</summary>
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

    /// <summary>Brings the cluster back to what each test begins with; a new one replaces it when a test left it damaged.</summary>
    public async Task RestoreAsync()
    {
        if (Cluster.IsDamaged)
        {
            await Cluster.DisposeAsync();
            _cluster = null;
            _cluster = await Cluster.StartAsync(Options);
        }

        // One that cannot be brought back fails this test only: the next one gets another.
        Cluster.IsDamaged = true;
        await Cluster.RestoreAsync();
        Cluster.IsDamaged = false;
    }
}

/// <summary>A cluster as the AppHost describes it.</summary>
public sealed class PlainCluster : ClusterFixture;

/// <summary>
/// A cluster whose replication can be held up, whose writes wait so long that a test decides when they are answered, and
/// whose nodes send their telemetry to the test.
/// </summary>
public sealed class ObservedCluster : ClusterFixture
{
    private OtlpReceiver? _receiver;

    public OtlpReceiver Receiver => _receiver ?? throw new InvalidOperationException("The receiver has not been started.");

    private protected override ClusterOptions Options => new() { IsGated = true, WriteTimeoutMs = 60_000, OtlpEndpoint = Receiver.GrpcEndpoint };

    public override async Task InitializeAsync()
    {
        _receiver = await OtlpReceiver.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }
    }
}

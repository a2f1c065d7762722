using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Configuration;
using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>A leader and two followers that are told what to answer, and what the dashboard has to watch them.</summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private FakeCluster(FakeNode leader, FakeNode follower1, FakeNode follower2)
    {
        (Leader, Follower1, Follower2) = (leader, follower1, follower2);
        var options = new DashboardOptions
        {
            Token = RunningDashboard.Token,
            IsTokenGiven = true,
            OtlpGrpcPort = 0,
            OtlpHttpPort = 0,
            Leader = leader.Address,
            Followers = [new("follower1", follower1.Address), new("follower2", follower2.Address)],
            Limits = new(),
        };
        var services = new ServiceCollection();
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddTelemetryStores(options.Limits);
        services.AddCluster();
        _services = services.BuildServiceProvider();
    }

    public FakeNode Leader { get; }

    public FakeNode Follower1 { get; }

    public FakeNode Follower2 { get; }

    public IEnumerable<FakeNode> Nodes => [Leader, Follower1, Follower2];

    public ClusterMonitor Monitor => _services.GetRequiredService<ClusterMonitor>();

    public ConvergenceCheck Check => _services.GetRequiredService<ConvergenceCheck>();

    public WriteTrial Trial => _services.GetRequiredService<WriteTrial>();

    public NodeClient Client => _services.GetRequiredService<NodeClient>();

    public TraceStore Traces => _services.GetRequiredService<TraceStore>();

    public static async Task<FakeCluster> StartAsync() =>
        new(await FakeNode.StartAsync(), await FakeNode.StartAsync(), await FakeNode.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Analysis.Cluster;

/// <summary>The AppHost's cluster, started for one run: free ports, and data in a temporary folder that goes with it.</summary>
internal sealed class OwnCluster : IAsyncDisposable
{
    private const int WriteTimeoutMs = 5000;
    private static readonly TimeSpan HealthyWithin = TimeSpan.FromSeconds(120);
    private static readonly string[] FollowerIds = ["follower1", "follower2", "follower3", "follower4", "follower5"];

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("kvstore-analysis-");
    private DistributedApplication? _app;

    private OwnCluster()
    {
    }

    /// <summary>The cluster secret.</summary>
    public string Secret { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>The leader's address.</summary>
    public Uri Leader => AddressOf("leader");

    /// <summary>The followers.</summary>
    public IReadOnlyList<Follower> Followers => [.. FollowerIds.Select(id => new Follower(id, AddressOf(id)))];

    /// <summary>Starts the nodes, and returns when each is healthy.</summary>
    /// <param name="minDelayMs">The shortest simulated lag.</param>
    /// <param name="maxDelayMs">The longest simulated lag; writes wait for it, however long it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AnalysisException">A node does not start.</exception>
    public static async Task<OwnCluster> StartAsync(int minDelayMs, int maxDelayMs, CancellationToken cancellationToken)
    {
        var cluster = new OwnCluster();
        try
        {
            await cluster.StartNodesAsync(minDelayMs, maxDelayMs, cancellationToken);
            return cluster;
        }
        catch (Exception e) when (e is DistributedApplicationException or TimeoutException)
        {
            await cluster.DisposeAsync();
            throw new AnalysisException($"The cluster does not start: {e.Message}", e);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }

    private async Task StartNodesAsync(int minDelayMs, int maxDelayMs, CancellationToken cancellationToken)
    {
        string[] args =
        [
            $"--Data:Path={_data.FullName}",
            $"--Parameters:cluster-secret={Secret}",
            $"--Parameters:dashboard-token={RandomNumberGenerator.GetHexString(32)}",
            $"--Parameters:otlp-api-key={RandomNumberGenerator.GetHexString(32)}",
            Parameter("min-delay-ms", minDelayMs),
            Parameter("max-delay-ms", maxDelayMs),
            Parameter("write-timeout-ms", maxDelayMs + WriteTimeoutMs),
        ];
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.KvStore_AppHost>(args, cancellationToken);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        _app = await builder.BuildAsync(cancellationToken);
        await _app.StartAsync(cancellationToken).WaitAsync(HealthyWithin, cancellationToken);
        await Task.WhenAll(FollowerIds.Append("leader").Select(id =>
            _app.ResourceNotifications.WaitForResourceHealthyAsync(id, cancellationToken).WaitAsync(HealthyWithin, cancellationToken)));
    }

    private static string Parameter(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"--Parameters:{name}={value}");

    private Uri AddressOf(string node) => (_app ?? throw new InvalidOperationException("The cluster has not been started.")).GetEndpoint(node);
}

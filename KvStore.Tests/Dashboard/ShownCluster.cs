using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Configuration;
using KvStore.Dashboard.Telemetry;
using KvStore.Tests.Integration;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Dashboard;

/// <summary>Tests of what the nodes of a real cluster tell the dashboard.</summary>
[CollectionDefinition(IntegrationTests.Shown, DisableParallelization = true)]
public sealed class ShownTests : ICollectionFixture<ShownCluster>;

/// <summary>
/// A cluster whose replication can be held up and whose writes wait so long that a test decides when they are answered, with a dashboard in the
/// test's process that the nodes' real exporters send to.
/// </summary>
public sealed class ShownCluster : ClusterFixture
{
    private RunningDashboard? _dashboard;

    internal RunningDashboard Dashboard => _dashboard ?? throw new InvalidOperationException("The dashboard has not been started.");

    internal TraceStore Traces => Dashboard.Services.GetRequiredService<TraceStore>();

    /// <summary>What the dashboard would be told of the cluster, whose addresses are not known before it runs.</summary>
    internal DashboardOptions DashboardOptions => Dashboard.Services.GetRequiredService<DashboardOptions>() with
    {
        Leader = Cluster.AddressOf(Cluster.Leader),
        Followers = [.. Cluster.Followers.Select(follower => new FollowerAddress(follower, Cluster.AddressOf(follower)))],
        ClusterSecret = Cluster.Secret,
    };

    /// <summary>The dashboard's way to the nodes.</summary>
    internal NodeClient Client => new(Dashboard.Services.GetRequiredService<IHttpClientFactory>(), DashboardOptions);

    private protected override ClusterOptions Options => new() { IsGated = true, WriteTimeoutMs = 60_000, OtlpEndpoint = Dashboard.OtlpGrpc.AbsoluteUri };

    public override async Task InitializeAsync()
    {
        _dashboard = await RunningDashboard.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_dashboard is not null)
        {
            await _dashboard.DisposeAsync();
        }
    }

    /// <summary>The trace with an id, once it is as wanted.</summary>
    internal Task<Trace> WaitForTraceAsync(string traceId, string what, Func<Trace, bool> isRight) => WaitAsync(() => Traces.Find(traceId), what, isRight);

    /// <summary>The trace of the request that wrote an entry, once it is as wanted.</summary>
    internal Task<Trace> WaitForTraceOfAsync(long lsn, string what, Func<Trace, bool> isRight) => WaitAsync(() => TracesOf(lsn).FirstOrDefault(), what, isRight);

    /// <summary>The traces in which an entry is spoken of.</summary>
    internal IEnumerable<Trace> TracesOf(long lsn) => Traces.Query(new() { Text = $"kvstore.lsn={lsn}" }).Items
        .Select(line => Traces.Find(line.TraceId)!)
        .Where(trace => trace.Spans.Any(span => span.Attribute("kvstore.lsn") == $"{lsn}")); // The text is also in times and counts.

    private static async Task<Trace> WaitAsync(Func<Trace?> find, string what, Func<Trace, bool> isRight) => (await Eventually.BecomesAsync(
        () => Task.FromResult(find()),
        trace => trace is not null && isRight(trace),
        trace => trace is null ? "no trace" : string.Join('\n', trace.Spans.Select(span => $"{span.Resource.Name} {span.Name} {span.Attribute("kvstore.result")} under {span.ParentSpanId}")),
        what))!;
}

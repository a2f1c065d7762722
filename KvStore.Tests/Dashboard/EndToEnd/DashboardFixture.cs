using KvStore.Tests.Integration;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>The AppHost's cluster with its dashboard, and a browser; neither is started where there is no browser.</summary>
public sealed class DashboardFixture : IAsyncLifetime
{
    private Cluster? _cluster;
    private Browser? _browser;

    public Cluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    internal Browser Browser => _browser ?? throw new InvalidOperationException("The browser has not been started.");

    public async Task InitializeAsync()
    {
        if (EndToEnd.Browser.Path is not null)
        {
            _cluster = await Cluster.StartAsync(new ClusterOptions());
            _browser = await EndToEnd.Browser.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}

/// <summary>Tests of the dashboard's pages in a browser.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DashboardTests : ICollectionFixture<DashboardFixture>
{
    public const string Name = "Dashboard, end to end";
}

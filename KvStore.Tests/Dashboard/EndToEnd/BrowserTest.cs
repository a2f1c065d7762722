using KvStore.Tests.Integration;
using Xunit.Abstractions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>A test in a window of its own. It fails also when something went wrong in the window that the test did not look at.</summary>
[Collection(DashboardTests.Name)]
public abstract class BrowserTest(DashboardFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    private DashboardWindow? _window;
    private int _linesBefore;

    protected Cluster Cluster => fixture.Cluster;

    private protected Browser Browser => fixture.Browser;

    private protected DashboardWindow Window => _window ?? throw new InvalidOperationException("The window has not been opened.");

    /// <summary>Whether what the browser complains of is what the test is about.</summary>
    protected bool ExpectsTrouble { get; set; }

    public async Task InitializeAsync()
    {
        if (EndToEnd.Browser.Path is not null)
        {
            await Cluster.RestoreAsync();
            _linesBefore = Cluster.Log.Count;
            _window = await Browser.OpenAsync(Cluster.DashboardAddress);
        }
    }

    public async Task DisposeAsync()
    {
        if (_window is null)
        {
            return;
        }

        foreach (var line in Cluster.Log.Since(_linesBefore))
        {
            output.WriteLine(line);
        }

        var troubles = _window.Troubles;
        await _window.DisposeAsync();
        if (!ExpectsTrouble)
        {
            Assert.Empty(troubles);
        }
    }
}

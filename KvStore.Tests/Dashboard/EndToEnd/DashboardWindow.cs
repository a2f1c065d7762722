using System.Collections.Concurrent;
using KvStore.Tests.Integration;
using Microsoft.Playwright;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>A browser window on the dashboard, which remembers everything that went wrong in it.</summary>
internal sealed class DashboardWindow : IAsyncDisposable
{
    // Far beyond what any machine needs.
    private const float TimeoutMs = 60_000;

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _troubles = new();

    public DashboardWindow(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        Page = page;
        Page.SetDefaultTimeout(TimeoutMs);
        Assertions.SetDefaultExpectTimeout(TimeoutMs);
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _troubles.Enqueue($"console {message.Type}: {message.Text} ({message.Location})");
            }
        };
        Page.PageError += (_, error) => _troubles.Enqueue($"error: {error}");
        Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.AbsoluteUri, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                _troubles.Enqueue($"a request left for elsewhere: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What went wrong in the window so far.</summary>
    public IReadOnlyCollection<string> Troubles => [.. _troubles];

    /// <summary>Logs in by the link, and goes to a page of the dashboard.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="token">The dashboard's.</param>
    public async Task LogInAsync(string path = "/", string token = Cluster.DashboardToken)
    {
        await Page.GotoAsync($"/login?t={token}&returnUrl={Uri.EscapeDataString(path)}");
        await WaitUntilLiveAsync();
    }

    /// <summary>Goes to another page by its address.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await WaitUntilLiveAsync();
    }

    /// <summary>The card of a node on the Cluster page.</summary>
    public ILocator Card(string node) => Page.GetByRole(AriaRole.Article, new() { Name = node, Exact = true });

    /// <summary>A button by its name. Fluent UI's elements tell their role to assistive technology alone, so it is not looked for by its role.</summary>
    public ILocator Button(string name) => Page.Locator($"fluent-button[aria-label=\"{name}\"], fluent-button:not([aria-label]):text-is(\"{name}\")");

    /// <summary>A slider by the beginning of its label.</summary>
    public ILocator Slider(string label) => Page.Locator("fluent-field", new() { Has = Page.Locator($"label:has-text(\"{label}\")") }).Locator("fluent-slider");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    // The page is there at once; it answers to clicks when its connection stands, which the theme button shows.
    private Task WaitUntilLiveAsync() => Assertions.Expect(Page.Locator("[data-live=true]")).ToHaveCountAsync(1);
}

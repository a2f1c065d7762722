using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>A page of the dashboard.</summary>
/// <param name="Name">What it is called, also as a file.</param>
/// <param name="Path">From the root.</param>
/// <param name="Sign">What is on it once it has something to show.</param>
internal sealed record DashboardPage(string Name, string Path, string Sign)
{
    /// <summary>Every page that has an address of its own.</summary>
    public static readonly IReadOnlyList<DashboardPage> All =
    [
        new("cluster", "/", "[aria-label=follower5]"),
        new("traces", "/traces", "h1"),
        new("slowest", "/traces/slowest", "h1"),
        new("logs", "/logs", "h1"),
        new("metrics", "/instruments", "h1"),
        new("console", "/console", "[role=log] time"),
        new("resources", "/resources", "[aria-label=follower5]"),
    ];

    /// <summary>Waits until there is something to see.</summary>
    public Task WaitUntilShownAsync(IPage page) => Expect(page.Locator(Sign).First).ToBeVisibleAsync();
}

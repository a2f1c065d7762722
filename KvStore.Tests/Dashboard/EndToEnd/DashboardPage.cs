using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>A page of the dashboard.</summary>
/// <param name="Name">What it is called, also as a file.</param>
/// <param name="Path">From the root.</param>
/// <param name="Sign">What is on it once it has something to show.</param>
internal sealed record DashboardPage(string Name, string Path, string Sign)
{
    // What these pages say under another engine than the embedded one.
    private const string NoEngine = "main > .empty";

    /// <summary>Every page that has an address of its own.</summary>
    public static readonly IReadOnlyList<DashboardPage> All =
    [
        new("cluster", "/", "[aria-label=follower5]"),
        new("traces", "/traces", "table a[href*='traces/']"),
        new("slowest", "/traces/slowest", "table.slow-list"),
        new("logs", "/logs", ".log-row"),
        new("metrics", "/instruments", ".chart-panel .plot"),
        new("console", "/console", $"[role=log] time, {NoEngine}"),
        new("resources", "/resources", $"[aria-label=follower5], {NoEngine}"),
    ];

    /// <summary>Waits until there is something to see.</summary>
    public Task WaitUntilShownAsync(IPage page) => Expect(page.Locator(Sign).First).ToBeVisibleAsync();
}

using KvStore.Tests.Integration;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>Takes the pictures of docs/images: every page of the dashboard of a cluster with something going on.</summary>
internal static class ScreenshotsCommand
{
    public const string Arguments = "[FOLDER]";

    private const int Width = 1280;
    private const int Height = 860;
    private const int Writes = 60;

    /// <summary>Runs the command.</summary>
    /// <param name="args">Where to; docs/images below the current folder when empty.</param>
    /// <returns>0 when every picture was taken.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (Browser.Path is null)
        {
            await Console.Error.WriteLineAsync($"Set {Browser.PathVariable} to the path of Chromium, such as /usr/bin/chromium.");
            return 1;
        }

        var folder = Path.GetFullPath(args is [var given] ? given : Path.Combine("docs", "images"));
        Directory.CreateDirectory(folder);
        await using var cluster = await Cluster.StartAsync(new ClusterOptions());
        await cluster.RestoreAsync();
        await using var browser = await Browser.StartAsync();
        await MakeHistoryAsync(cluster);

        foreach (var page in DashboardPage.All)
        {
            await TakeAsync(browser, cluster, page, folder, page.Name, isDark: false);
        }

        await TakeAsync(browser, cluster, DashboardPage.All[0], folder, "cluster-dark", isDark: true);
        await TakeTraceAsync(browser, cluster, folder);
        return 0;
    }

    // Writes with each quorum, the last of them with that of the README.
    private static async Task MakeHistoryAsync(Cluster cluster)
    {
        await cluster.SetLagAsync(0, 1000);
        foreach (var quorum in (int[])[1, 2, 4, 5, 3])
        {
            await cluster.SetQuorumAsync(quorum);
            await Parallel.ForAsync(0, Writes, new ParallelOptions { MaxDegreeOfParallelism = 10 }, async (i, cancellationToken) =>
            {
                var write = await cluster.WriteAsync($"city{i % 10}", $"value {i}", cancellationToken: cancellationToken);
                Assert.True(write.IsAcknowledged, write.Detail);
            });
        }
    }

    private static async Task TakeAsync(Browser browser, Cluster cluster, DashboardPage page, string folder, string name, bool isDark)
    {
        await using var window = await browser.OpenAsync(cluster.DashboardAddress, Width, Height, isDark);
        await window.LogInAsync(page.Path);
        await page.WaitUntilShownAsync(window.Page);
        await SaveAsync(window, folder, name);
    }

    private static async Task TakeTraceAsync(Browser browser, Cluster cluster, string folder)
    {
        await using var window = await browser.OpenAsync(cluster.DashboardAddress, Width, Height);
        await window.LogInAsync("/traces");
        await window.Page.Locator("table a[href*='traces/']").First.ClickAsync();
        await Microsoft.Playwright.Assertions.Expect(window.Page.Locator(".wf-line-label.wf-quorum")).ToBeVisibleAsync();
        await SaveAsync(window, folder, "trace");
    }

    private static async Task SaveAsync(DashboardWindow window, string folder, string name)
    {
        var path = Path.Combine(folder, $"{name}.png");
        await window.Page.WaitForLoadStateAsync(Microsoft.Playwright.LoadState.NetworkIdle);
        await window.Page.ScreenshotAsync(new() { Path = path });
        Console.WriteLine(path);
    }
}

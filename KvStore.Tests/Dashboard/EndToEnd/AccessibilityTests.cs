using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using KvStore.Tests.Integration;
using Xunit.Abstractions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>Every page is checked by axe, in light and in dark, wide and narrow.</summary>
public sealed class AccessibilityTests(DashboardFixture fixture, ITestOutputHelper output) : BrowserTest(fixture, output)
{
    private static readonly string[] Grave = ["serious", "critical"];

    private readonly ITestOutputHelper _output = output;

    [BrowserFact]
    public Task In_light() => CheckAsync(width: 1280, isDark: false);

    [BrowserFact]
    public Task In_dark() => CheckAsync(width: 1280, isDark: true);

    [BrowserFact]
    public Task On_a_narrow_screen() => CheckAsync(width: 400, isDark: false);

    private async Task CheckAsync(int width, bool isDark)
    {
        var write = await Cluster.WriteAsync("checked", "value");
        Assert.True(write.IsAcknowledged, write.Detail);
        await using var window = await Browser.OpenAsync(Cluster.DashboardAddress, width, isDark: isDark);
        await window.LogInAsync();

        var findings = new List<string>();
        foreach (var page in DashboardPage.All)
        {
            await window.GoAsync(page.Path);
            await page.WaitUntilShownAsync(window.Page);
            var result = await window.Page.RunAxe();
            foreach (var violation in result.Violations.Where(violation => Grave.Contains(violation.Impact)))
            {
                findings.Add($"{page.Path}: {violation.Impact} {violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Select(Describe))}");
            }
        }

        findings.ForEach(_output.WriteLine);
        Assert.Empty(findings);
        Assert.Empty(window.Troubles);
    }

    private static string Describe(AxeResultNode node) => $"{node.Target} {node.Html[..Math.Min(node.Html.Length, 160)]}";
}

using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>A lost connection to the dashboard says so, and recovers.</summary>
public class ConnectionTests
{
    [BrowserFact]
    public async Task A_page_whose_dashboard_goes_away_says_so_and_goes_on_with_the_next_one()
    {
        await using var browser = await Browser.StartAsync();
        var dashboard = await RunningDashboard.StartAsync();
        try
        {
            await using var window = await browser.OpenAsync(dashboard.Address);
            await window.LogInAsync("/resources", RunningDashboard.Token);
            await Expect(window.Page.GetByRole(AriaRole.Alertdialog)).ToBeHiddenAsync();

            await dashboard.DisposeAsync();
            await Expect(window.Page.GetByRole(AriaRole.Alertdialog)).ToContainTextAsync("connection to the dashboard is lost");

            dashboard = await dashboard.StartAgainAsync();
            await Expect(window.Page.GetByRole(AriaRole.Alertdialog)).ToBeHiddenAsync();
            await Expect(window.Page.Locator("[data-live=true]")).ToHaveCountAsync(1);
            Assert.EndsWith("/resources", window.Page.Url, StringComparison.Ordinal);
        }
        finally
        {
            await dashboard.DisposeAsync();
        }
    }
}

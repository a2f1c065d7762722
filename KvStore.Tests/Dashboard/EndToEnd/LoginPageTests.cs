using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>Getting in.</summary>
public sealed class LoginPageTests(DashboardFixture fixture, ITestOutputHelper output) : BrowserTest(fixture, output)
{
    [BrowserFact]
    public async Task The_link_leads_to_the_cluster_and_leaves_no_token_in_the_address()
    {
        await Window.LogInAsync();

        await Expect(Window.Page.GetByRole(AriaRole.Heading, new() { Name = "Cluster", Exact = true })).ToBeVisibleAsync();
        Assert.Equal(Cluster.DashboardAddress.AbsoluteUri, Window.Page.Url);
    }

    [BrowserFact]
    public async Task A_page_without_a_login_asks_for_the_token_and_goes_on_where_one_wanted_to()
    {
        ExpectsTrouble = true; // The browser reports that the first answer was a 401.
        await Window.Page.GotoAsync("/traces");
        await Window.Page.GetByLabel("Token").FillAsync("not-the-token-of-anything");
        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(Window.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the token of this dashboard");

        await Window.Page.GetByLabel("Token").FillAsync(Integration.Cluster.DashboardToken);
        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();

        await Expect(Window.Page.GetByRole(AriaRole.Heading, new() { Name = "Traces", Exact = true })).ToBeVisibleAsync();
    }
}

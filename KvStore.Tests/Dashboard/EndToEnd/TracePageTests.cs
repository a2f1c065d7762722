using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>From a write to its trace.</summary>
public sealed class TracePageTests(DashboardFixture fixture, ITestOutputHelper output) : BrowserTest(fixture, output)
{
    [BrowserFact]
    public async Task The_trace_of_a_write_shows_five_followers_the_quorum_and_what_came_after_the_answer()
    {
        await Cluster.SetLagAsync(50, 600);
        await Window.LogInAsync();
        await Window.Page.Locator("#try-key input").FillAsync("traced");
        await Window.Button("Write").ClickAsync();
        await Window.Page.GetByRole(AriaRole.Link, new() { Name = "Open its trace" }).ClickAsync();

        foreach (var follower in Integration.Cluster.Followers)
        {
            await Expect(Window.Page.Locator(".wf-title", new() { HasTextString = $"replicate {follower}" })).ToHaveCountAsync(1);
        }

        await Expect(Window.Page.Locator(".wf-title", new() { HasTextString = "apply" })).ToHaveCountAsync(5);
        await Expect(Window.Page.Locator(".wf-line-label.wf-quorum")).ToContainTextAsync("quorum 3 of 5");
        await Expect(Window.Page.Locator(".wf-lag").First).ToBeVisibleAsync();
        await Expect(Window.Page.GetByText("simulated lag of follower")).ToBeVisibleAsync();
        await Expect(Window.Page.GetByText("later").First).ToBeVisibleAsync();

        await Window.Page.Locator(".wf-row", new() { HasTextString = "replicate follower1" }).ClickAsync();
        await Expect(Window.Page.GetByText("kvstore.lag_ms")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task A_write_by_another_program_is_found_in_the_list_and_among_the_slowest()
    {
        await Cluster.SetLagAsync(100, 200);
        var write = await Cluster.WriteAsync("found", "value");
        Assert.True(write.IsAcknowledged, write.Detail);

        await Window.LogInAsync($"/traces?q=kvstore.lsn%3D{write.Version}");
        await Window.Page.Locator("table a[href*='traces/']").First.ClickAsync();
        await Expect(Window.Page.Locator(".wf-line-label.wf-quorum")).ToBeVisibleAsync();

        await Window.GoAsync("/traces/slowest");
        await Expect(Window.Page.GetByRole(AriaRole.Row).Filter(new() { HasTextString = "found" })).ToContainTextAsync("success");
    }
}

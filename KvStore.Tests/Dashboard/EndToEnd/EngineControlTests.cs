using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>What the dashboard has done by the embedded engine: stopping, starting, killing, and reading what was printed.</summary>
public sealed class EngineControlTests(DashboardFixture fixture, ITestOutputHelper output) : BrowserTest(fixture, output)
{
    [BrowserFact]
    public async Task A_node_that_is_killed_is_seen_to_go_and_comes_back_when_it_is_started()
    {
        await Window.LogInAsync();
        await Window.Button("Kill follower4, as kill -9 does").ClickAsync();
        await Expect(Window.Card("follower4")).ToHaveAttributeAsync("data-state", "unreachable");

        await Window.Button("Start follower4").ClickAsync();
        await Expect(Window.Card("follower4")).ToHaveAttributeAsync("data-state", "healthy");
    }

    [BrowserFact]
    public async Task A_node_that_is_stopped_is_seen_to_go()
    {
        await Window.LogInAsync();
        await Window.Button("Stop follower5").ClickAsync();
        await Expect(Window.Card("follower5")).ToHaveAttributeAsync("data-state", "unreachable");

        await Window.Button("Start follower5").ClickAsync();
        await Expect(Window.Card("follower5")).ToHaveAttributeAsync("data-state", "healthy");
    }

    [BrowserFact]
    public async Task Resources_are_listed_with_their_environment_and_no_secret()
    {
        await Window.LogInAsync("/resources");
        var leader = Window.Card("leader");
        await Expect(leader).ToHaveAttributeAsync("data-state", "Running");
        await leader.GetByText("Environment").ClickAsync();

        await Expect(leader.GetByText("WRITE_QUORUM")).ToBeVisibleAsync();
        await Expect(leader.GetByText("CLUSTER_SECRET")).ToBeVisibleAsync();
        Assert.DoesNotContain(Integration.Cluster.Secret, await Window.Page.ContentAsync(), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task A_restart_shows_in_the_resources_and_in_the_console()
    {
        await Window.LogInAsync("/resources");
        await Expect(Window.Card("follower1")).ToContainTextAsync("Process");
        var before = await Window.Card("follower1").GetByText("Process").InnerTextAsync();
        await Window.Button("Restart follower1").ClickAsync();
        await Expect(Window.Card("follower1").GetByText("Process")).Not.ToHaveTextAsync(before);
        await Expect(Window.Card("follower1")).ToHaveAttributeAsync("data-state", "Running");

        await Window.Card("follower1").GetByRole(AriaRole.Link, new() { Name = "Console" }).ClickAsync();
        await Expect(Window.Page.GetByRole(AriaRole.Log)).ToContainTextAsync("exited with code 0");
        await Expect(Window.Page.GetByRole(AriaRole.Log)).ToContainTextAsync("Follower follower1 opened its store");
    }

    [BrowserFact]
    public async Task The_dashboard_can_restart_itself_and_the_page_comes_back_but_it_cannot_stop_itself()
    {
        ExpectsTrouble = true; // The browser reports the connection that breaks.
        await Window.LogInAsync("/resources");
        var own = Window.Card(Integration.Cluster.Dashboard);
        await Expect(Window.Button("Restart dashboard")).ToBeVisibleAsync();
        await Expect(Window.Button("Stop dashboard")).ToHaveCountAsync(0);
        await Expect(Window.Button("Kill dashboard")).ToHaveCountAsync(0);
        var before = await own.GetByText("Process").InnerTextAsync();

        await Window.Button("Restart dashboard").ClickAsync();

        await Expect(own.GetByText("Process")).Not.ToHaveTextAsync(before);
        await Expect(Window.Page.GetByRole(AriaRole.Alertdialog)).ToBeHiddenAsync();
        await Expect(own).ToHaveAttributeAsync("data-state", "Running");
    }
}

using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>The Cluster page: seeing replication, and reaching into it.</summary>
public sealed partial class ClusterPageTests(DashboardFixture fixture, ITestOutputHelper output) : BrowserTest(fixture, output)
{
    [BrowserFact]
    public async Task A_write_is_seen_on_every_node_with_its_quorum_and_the_stores_compare_as_identical()
    {
        await Cluster.SetLagAsync(0, 300);
        await Window.LogInAsync();

        await WriteAsync("from the page", "a value");
        foreach (var row in await Window.Page.Locator("tr[data-sight]").AllAsync())
        {
            await Expect(row).ToHaveAttributeAsync("data-sight", "Current");
            await Expect(row).ToContainTextAsync("a value");
        }

        Assert.Equal(6, await Window.Page.Locator("tr[data-sight]").CountAsync());
        await Expect(Window.Page.Locator(".confirmed .tick")).ToHaveCountAsync(3);
        await Expect(Window.Page.Locator(".line-quorum")).ToHaveCountAsync(3);

        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Compare the stores" }).ClickAsync();
        await Expect(Window.Page.GetByText("All stores are identical.")).ToBeVisibleAsync();
        await Expect(Window.Page.Locator("tr[data-comparison=Identical]")).ToHaveCountAsync(6);
    }

    [BrowserFact]
    public async Task A_paused_follower_falls_behind_shows_stale_reads_and_recovers_when_it_is_resumed()
    {
        await Window.LogInAsync();
        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Pause replication to follower2" }).ClickAsync();
        await Expect(Window.Card("follower2")).ToHaveAttributeAsync("data-state", "paused");

        await Window.Page.GetByLabel("Key", new() { Exact = false }).First.FillAsync("while paused");
        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Write", Exact = true }).ClickAsync();
        await Expect(Window.Page.Locator("tr[data-sight=Current]")).ToHaveCountAsync(5);
        await Expect(Window.Page.Locator("tr[data-sight=Nothing]")).ToContainTextAsync("follower2");
        await Expect(Window.Card("follower2")).ToContainTextAsync("1 entry");

        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Resume replication to follower2" }).ClickAsync();
        await Expect(Window.Card("follower2")).ToHaveAttributeAsync("data-state", "healthy");
        await Expect(Window.Card("follower2")).ToContainTextAsync("none");
        await Expect(Window.Page.Locator("tr[data-sight=Current]")).ToHaveCountAsync(6);
    }

    [BrowserFact]
    public async Task A_node_that_is_killed_is_seen_to_go_and_comes_back_when_it_is_started()
    {
        await Window.LogInAsync();
        await Window.Page.GetByRole(AriaRole.Button, new() { NameRegex = KillFollower4() }).ClickAsync();
        await Expect(Window.Card("follower4")).ToHaveAttributeAsync("data-state", "unreachable");

        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Start follower4" }).ClickAsync();
        await Expect(Window.Card("follower4")).ToHaveAttributeAsync("data-state", "healthy");
    }

    [BrowserFact]
    public async Task A_node_that_is_stopped_is_seen_to_go()
    {
        await Window.LogInAsync();
        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Stop follower5" }).ClickAsync();
        await Expect(Window.Card("follower5")).ToHaveAttributeAsync("data-state", "unreachable");

        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Start follower5" }).ClickAsync();
        await Expect(Window.Card("follower5")).ToHaveAttributeAsync("data-state", "healthy");
    }

    [BrowserFact]
    public async Task The_write_quorum_and_the_lag_are_changed_by_the_keyboard()
    {
        await Window.LogInAsync();
        var quorum = Window.Page.GetByRole(AriaRole.Slider, new() { NameRegex = WriteQuorum() });
        await quorum.FocusAsync();
        await quorum.PressAsync("ArrowRight");
        await Eventually.HoldsAsync("a quorum of 4 at the leader", async () => await Cluster.QuorumAsync() == 4);
        await Expect(Window.Page.GetByText("Write quorum: 4 of 5")).ToBeVisibleAsync();

        var longest = Window.Page.GetByRole(AriaRole.Slider, new() { NameRegex = LongestLag() });
        await longest.FocusAsync();
        await longest.PressAsync("ArrowRight");
        await Expect(Window.Page.GetByText("Simulated lag, longest: 10 ms")).ToBeVisibleAsync();
        await WriteAsync("with lag", "slow");
    }

    [BrowserFact]
    public async Task Everything_is_there_on_a_screen_of_400_pixels()
    {
        await using var phone = await Browser.OpenAsync(Cluster.DashboardAddress, width: 400, height: 800);
        await phone.LogInAsync();

        await Expect(phone.Card("follower5")).ToBeVisibleAsync();
        Assert.Equal(400, await phone.Page.EvaluateAsync<int>("Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"));
        Assert.Empty(phone.Troubles);
    }

    private async Task WriteAsync(string key, string value)
    {
        await Window.Page.Locator("#try-key").FillAsync(key);
        await Window.Page.Locator("#try-value").FillAsync(value);
        await Window.Page.GetByRole(AriaRole.Button, new() { Name = "Write", Exact = true }).ClickAsync();
        await Expect(Window.Page.GetByText("Answered after")).ToBeVisibleAsync();
        await Expect(Window.Page.Locator("tr[data-sight=Current]")).ToHaveCountAsync(6);
    }

    [GeneratedRegex("^Kill follower4")]
    private static partial Regex KillFollower4();

    [GeneratedRegex("Write quorum")]
    private static partial Regex WriteQuorum();

    [GeneratedRegex("longest")]
    private static partial Regex LongestLag();
}

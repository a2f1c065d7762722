using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>The Cluster page: seeing replication, and reaching into it.</summary>
public sealed class ClusterPageTests(DashboardFixture fixture, ITestOutputHelper output) : BrowserTest(fixture, output)
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

        await Window.Button("Compare the stores").ClickAsync();
        await Expect(Window.Page.GetByText("All stores are identical.")).ToBeVisibleAsync();
        await Expect(Window.Page.Locator("tr[data-comparison=Identical]")).ToHaveCountAsync(6);
    }

    [BrowserFact]
    public async Task A_paused_follower_falls_behind_shows_stale_reads_and_recovers_when_it_is_resumed()
    {
        await Window.LogInAsync();
        await Window.Button("Pause replication to follower2").ClickAsync();
        await Expect(Window.Card("follower2")).ToHaveAttributeAsync("data-state", "paused");

        await Window.Page.Locator("#try-key input").FillAsync("while paused");
        await Window.Button("Write").ClickAsync();
        await Expect(Window.Page.Locator("tr[data-sight=Current]")).ToHaveCountAsync(5);
        await Expect(Window.Page.Locator("tr[data-sight=Nothing]")).ToContainTextAsync("follower2");
        await Expect(Window.Card("follower2")).ToContainTextAsync("1 entry");

        await Window.Button("Resume replication to follower2").ClickAsync();
        await Expect(Window.Card("follower2")).ToHaveAttributeAsync("data-state", "healthy");
        await Expect(Window.Card("follower2")).ToContainTextAsync("none");
        await Expect(Window.Page.Locator("tr[data-sight=Current]")).ToHaveCountAsync(6);
    }

    [BrowserFact]
    public async Task The_write_quorum_and_the_lag_are_changed_by_the_keyboard()
    {
        await Window.LogInAsync();
        var quorum = Window.Slider("Write quorum");
        await quorum.FocusAsync();
        await quorum.PressAsync("ArrowRight");
        await Eventually.HoldsAsync("a quorum of 4 at the leader", async () => await Cluster.QuorumAsync() == 4);
        await Expect(Window.Page.GetByText("Write quorum: 4 of 5")).ToBeVisibleAsync();

        var longest = Window.Slider("Simulated lag, longest");
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
        await Window.Page.Locator("#try-key input").FillAsync(key);
        await Window.Page.Locator("#try-value input").FillAsync(value);
        await Window.Button("Write").ClickAsync();
        await Expect(Window.Page.Locator("p[role=status]", new() { HasTextString = "Answered after" })).ToBeVisibleAsync();
        await Expect(Window.Page.Locator("tr[data-sight=Current]")).ToHaveCountAsync(6);
    }
}

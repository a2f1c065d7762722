using AngleSharp.Dom;
using Bunit;
using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Telemetry;
using Microsoft.FluentUI.AspNetCore.Components;
using Page = KvStore.Dashboard.Components.Pages.Traces;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>The list of traces as a page.</summary>
public sealed class TracesPageTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TracePages _pages = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => _pages.DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    [Fact]
    public void Without_traces_it_says_how_to_get_one()
    {
        var page = _pages.Open<Page>("traces");

        Assert.Contains("curl -X POST http://localhost:8000/keys", page.Find(".empty").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_shows_what_happened_to_the_write_and_leads_to_its_trace()
    {
        _pages.AddWrite(1);
        _pages.Leader.Current = new LeaderWrites(12_345, 678, []);

        var page = _pages.Open<Page>("traces");

        var row = page.Find("tbody tr");
        Assert.Equal("traces/00000000000000000000000000000001", row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("leader: POST /keys", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("follower2", row.QuerySelector(".trace-write")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("412 ms", row.QuerySelector(".trace-answer")!.TextContent);
        Assert.Equal(6, row.QuerySelectorAll(".chip").Length);
        var foot = page.Find(".trace-foot").TextContent;
        Assert.Contains("1 stored traces; room for 10,000, none was dropped yet.", foot, StringComparison.Ordinal);
        Assert.Contains("678 of 12,345 writes were sampled.", foot, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("traces?status=error", 2)]
    [InlineData("traces?q=00000000000000000000000000000001", 1)]
    [InlineData("traces?resource=follower5", 1)]
    [InlineData("traces?name=GET", 3)]
    [InlineData("traces?min=500", 1)]
    public void The_address_says_what_is_shown(string address, int trace)
    {
        _pages.AddWrite(1);
        var failed = new WriteSpans(_pages.Resources, 2);
        failed.AddServer(20, null, null, "rejected", error: "overload");
        var other = new WriteSpans(_pages.Resources, 3);
        other.Add("leader", "GET /keys/{key}", other.Next(), 0, 0, 2);
        _pages.Store.Add([.. failed.Spans, .. other.Spans]);

        var page = _pages.Open<Page>(address);

        var link = Assert.Single(page.FindAll("tbody tr a"));
        Assert.EndsWith($"{trace}", link.GetAttribute("href"), StringComparison.Ordinal);
        Assert.Contains("1 of 3 stored traces", page.Find(".trace-foot").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_typed_goes_into_the_address_and_narrows_the_list()
    {
        _pages.AddWrite(1);
        var page = _pages.Open<Page>("traces?sort=duration");

        var text = page.FindComponents<FluentTextInput>().Single(i => i.Instance.Label == "Trace id or attribute");
        await page.InvokeAsync(() => text.Instance.ValueChanged.InvokeAsync("kvstore.lsn=18"));

        Assert.Equal("/traces?q=kvstore.lsn%3D18&sort=duration", _pages.Address);
        Assert.Contains("None of the 1 stored traces", page.Find(".empty").TextContent, StringComparison.Ordinal);

        await page.InvokeAsync(() => text.Instance.ValueChanged.InvokeAsync("kvstore.lsn=17"));
        Assert.Single(page.FindAll("tbody tr"));
    }

    [Fact]
    public void A_header_sorts_and_says_so()
    {
        _pages.AddWrite(1);
        var page = _pages.Open<Page>("traces");
        Assert.Equal("Time", Sorted(page).QuerySelector("button")!.TextContent.TrimEnd('▾', '▴'));

        page.FindAll("th button").Single(b => b.TextContent == "Duration").Click();
        Assert.Equal("/traces?sort=duration", _pages.Address);
        Assert.Equal(("Duration▾", "descending"), (Sorted(page).TextContent.Trim(), Sorted(page).GetAttribute("aria-sort")));

        page.FindAll("th button").Single(b => b.TextContent == "Duration▾").Click();
        Assert.Equal(("Duration▴", "ascending"), (Sorted(page).TextContent.Trim(), Sorted(page).GetAttribute("aria-sort")));

        static IElement Sorted(IRenderedComponent<Page> page) => Assert.Single(page.FindAll("th[aria-sort]"));
    }

    [Fact]
    public void It_shows_a_page_of_fifty_and_links_to_the_next()
    {
        for (var i = 1UL; i <= 120; i++)
        {
            _pages.AddWrite(i, startMs: i);
        }

        var page = _pages.Open<Page>("traces?page=2");

        Assert.Equal(TraceListFilter.PageSize, page.FindAll("tbody tr").Count);
        Assert.Equal(("traces", "traces?page=3"), (page.Find("a[rel=prev]").GetAttribute("href"), page.Find("a[rel=next]").GetAttribute("href")));
    }

    [Fact]
    public void Traces_appear_as_they_come_unless_the_list_is_paused()
    {
        _pages.AddWrite(1);
        var page = _pages.Open<Page>("traces");

        _pages.AddWrite(2);
        page.WaitForAssertion(() => Assert.Equal(2, TickAndCount(page)));

        page.InvokeAsync(() => page.FindComponent<FluentSwitch>().Instance.ValueChanged.InvokeAsync(false));
        var live = _pages.Render<Page>(); // Its news come by the same clock.
        _pages.AddWrite(3);
        live.WaitForAssertion(() => Assert.Equal(3, TickAndCount(live)));
        _pages.AddWrite(4);
        live.WaitForAssertion(() => Assert.Equal(4, TickAndCount(live)));
        Assert.Equal(2, page.FindAll("tbody tr").Count);

        page.InvokeAsync(() => page.FindComponent<FluentSwitch>().Instance.ValueChanged.InvokeAsync(true));
        page.WaitForAssertion(() => Assert.Equal(4, page.FindAll("tbody tr").Count));
    }

    [Fact]
    public void A_row_changes_with_its_trace()
    {
        var write = WriteSpans.Usual(_pages.Resources, 1);
        _pages.Store.Add(write.Spans[..^1]);
        var page = _pages.Open<Page>("traces");
        Assert.Contains("root not there yet", page.Find("tbody tr").TextContent, StringComparison.Ordinal);

        _pages.Store.Add(write.Spans[^1..]);

        page.WaitForAssertion(() =>
        {
            _pages.Time.Advance(TraceListView.IntervalMin);
            Assert.DoesNotContain("root not there yet", page.Find("tbody tr").TextContent, StringComparison.Ordinal);
        });
    }

    private int TickAndCount(IRenderedComponent<Page> page)
    {
        _pages.Time.Advance(TraceListView.IntervalMin);
        return page.FindAll("tbody tr").Count;
    }
}

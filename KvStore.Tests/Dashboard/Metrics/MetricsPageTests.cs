using Bunit;
using MetricsPage = KvStore.Dashboard.Components.Pages.Metrics;

namespace KvStore.Tests.Dashboard.Metrics;

public sealed class MetricsPageTests : IAsyncDisposable
{
    private readonly TelemetryPages _pages = new();

    [Fact]
    public void Without_metrics_the_page_says_when_they_come()
    {
        var page = _pages.Open<MetricsPage>("instruments");
        Assert.Contains("every two seconds", page.Find(".empty").TextContent, StringComparison.Ordinal);
        Assert.Contains("KVSTORE_OTLP_ENDPOINT=http://localhost:4317", page.Find(".empty").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_has_percentiles_a_rate_and_links_to_traces()
    {
        _pages.Metrics.AddDurations(_pages.Resources.Resource("leader"));
        var page = _pages.Open<MetricsPage>("instruments");

        Assert.Equal("kvstore.write.duration", page.Find(".metric-title h2").TextContent);
        Assert.Equal(["Percentiles", "Measurements per second"], page.FindAll(".chart-head h2").Select(title => title.TextContent));
        Assert.Equal(3, page.FindAll(".plot")[0].QuerySelectorAll(".plot-line").Length);
        Assert.Contains("p99: 496 ms.", page.FindAll(".plot")[0].GetAttribute("aria-label"), StringComparison.Ordinal);
        var address = $"traces/{Make.TraceId(7)}?span=00000000000000aa";
        Assert.Equal(address, page.Find("a.exemplar").GetAttribute("href"));
        Assert.Equal(address, page.Find(".exemplar-list a").GetAttribute("href"));
    }

    [Fact]
    public void A_chart_can_be_read_as_a_table()
    {
        _pages.Metrics.AddDurations(_pages.Resources.Resource("leader"));
        var page = _pages.Open<MetricsPage>("instruments?minutes=1");
        Assert.Empty(page.FindAll(".chart-table"));

        page.FindAll(".chart-head button")[0].Click();
        Assert.Equal(["Time", "p50", "p90", "p99"], page.FindAll(".chart-table thead th").Select(th => th.TextContent));
        Assert.Equal(30, page.FindAll(".chart-table tbody tr").Count);
        Assert.Equal("300 ms", page.Find(".chart-table tbody td").TextContent);
    }

    [Fact]
    public void Values_of_a_dimension_filter_by_the_address()
    {
        var leader = _pages.Resources.Resource("leader");
        _pages.Metrics.AddDurations(leader, outcome: "ok");
        _pages.Metrics.AddDurations(leader, outcome: "failed");
        var page = _pages.Open<MetricsPage>("instruments");
        Assert.Equal(["failed", "ok"], page.FindAll(".dimension-values label").Select(label => label.TextContent.Trim()));

        page.FindAll(".dimension-values input")[0].Change(true);
        Assert.EndsWith("where=kvstore.outcome%3Dfailed", _pages.Address, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_instruments_can_be_searched()
    {
        var leader = _pages.Resources.Resource("leader");
        _pages.Metrics.AddDurations(leader);
        _pages.Metrics.AddRequests(leader);
        var page = _pages.Open<MetricsPage>("instruments");
        Assert.Equal(["kvstore.write.duration", "http.requests"], Names());
        Assert.Equal("kvstore.write.duration", page.Find(".instruments a[aria-current]").TextContent);

        page.Find(".instruments fluent-text-input").Change("HTTP");
        page.WaitForAssertion(() => Assert.Equal(["http.requests"], Names()));

        IEnumerable<string> Names() => page.FindAll(".instruments a").Select(a => a.TextContent);
    }

    [Fact]
    public async Task New_points_appear_by_themselves_and_nothing_is_rendered_without()
    {
        _pages.Metrics.AddLag(_pages.Resources.Resource("leader"), ("follower1", 3));
        var page = _pages.Open<MetricsPage>("instruments?minutes=5");
        Assert.Equal("3", page.Find(".chart-legend strong").TextContent);

        _pages.Metrics.Add([new(
            _pages.Metrics.Instruments()[0], IsDelta: false, [new() { Dimensions = [new("kvstore.follower", "follower1")], At = Make.Noon.AddSeconds(1), Value = 8 }])]);
        _pages.Time.Advance(TimeSpan.FromSeconds(2));
        page.WaitForAssertion(() => Assert.Equal("8", page.Find(".chart-legend strong").TextContent));

        var before = page.RenderCount;
        _pages.Time.Advance(TimeSpan.FromSeconds(2));
        await page.InvokeAsync(() => { });
        Assert.Equal(before, page.RenderCount);
    }

    public async ValueTask DisposeAsync() => await _pages.DisposeAsync();
}

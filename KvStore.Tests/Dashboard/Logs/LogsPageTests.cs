using Bunit;
using KvStore.Dashboard.Telemetry;
using LogsPage = KvStore.Dashboard.Components.Pages.Logs;

namespace KvStore.Tests.Dashboard.Logs;

public sealed class LogsPageTests : IAsyncDisposable
{
    private readonly TelemetryPages _pages = new();

    [Fact]
    public void Without_logs_the_page_says_how_to_get_some()
    {
        var page = _pages.Open<LogsPage>("logs");
        Assert.Contains("KVSTORE_OTLP_ENDPOINT=http://localhost:4317", page.Find(".empty").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_says_who_and_how_serious_and_leads_to_its_trace()
    {
        _pages.Logs.Add([Make.Log("slow", LogSeverity.Warning, Make.Follower1) with { TraceId = Make.TraceId(1), SpanId = "00000000000000aa" }]);
        var page = _pages.Open<LogsPage>("logs");

        var row = page.Find(".log-row");
        Assert.Equal("follower1", row.QuerySelector(".log-resource")!.TextContent.Trim());
        Assert.Equal("Warning", row.QuerySelector(".log-level")!.TextContent);
        Assert.Equal($"traces/{Make.TraceId(1)}?span=00000000000000aa", row.QuerySelector(".log-trace a")!.GetAttribute("href"));
        Assert.Contains("--resource-1", row.QuerySelector(".log-resource")!.GetAttribute("style"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_opened_line_shows_everything_and_holds_the_list()
    {
        _pages.Logs.Add([Make.Log("failed", LogSeverity.Error) with
        {
            Category = "KvStore.Node.Storage",
            Attributes = [new("Path", "/data")],
            ExceptionText = "System.IO.IOException: no room",
        }]);
        var page = _pages.Open<LogsPage>("logs");
        page.Find(".log-message button").Click();

        var details = page.Find(".log-details").TextContent;
        Assert.All(["KvStore.Node.Storage", "Path", "/data", "System.IO.IOException: no room"], text => Assert.Contains(text, details, StringComparison.Ordinal));
        Assert.Equal("true", page.Find(".log-message button").GetAttribute("aria-expanded"));

        _pages.Logs.Add([Make.Log("later")]);
        _pages.Time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Contains("1 newer line", page.Find(".log-paused").TextContent, StringComparison.Ordinal));
        Assert.Single(page.FindAll(".log-row"));

        page.Find(".log-paused button").Click();
        Assert.Equal(2, page.FindAll(".log-row").Count);
    }

    [Fact]
    public void New_lines_appear_by_themselves()
    {
        _pages.Logs.Add([Make.Log("first")]);
        var page = _pages.Open<LogsPage>("logs");
        _pages.Logs.Add([Make.Log("second")]);
        _pages.Time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Equal(["second", "first"], page.FindAll(".log-text").Select(text => text.TextContent)));
    }

    [Fact]
    public async Task Nothing_is_rendered_when_nothing_has_changed()
    {
        _pages.Logs.Add([Make.Log("first")]);
        var page = _pages.Open<LogsPage>("logs");
        var before = page.RenderCount;
        _pages.Time.Advance(TimeSpan.FromSeconds(5));
        await page.InvokeAsync(() => { });
        Assert.Equal(before, page.RenderCount);
    }

    [Fact]
    public void The_address_filters_by_trace_resource_level_and_text()
    {
        _pages.Logs.Add(
        [
            Make.Log("of the trace") with { TraceId = Make.TraceId(1) },
            Make.Log("of another", LogSeverity.Warning, Make.Follower1) with { TraceId = Make.TraceId(2) },
            Make.Log("of none", LogSeverity.Warning),
        ]);

        Assert.Equal(["of the trace"], Shown($"logs?trace={Make.TraceId(1)}"));
        Assert.Equal(["of another"], Shown("logs?resource=follower1"));
        Assert.Equal(["of none", "of another"], Shown("logs?level=warning"));
        Assert.Equal(["of none"], Shown("logs?text=NONE"));
    }

    [Fact]
    public void The_logs_of_a_trace_say_so_and_lead_back()
    {
        _pages.Logs.Add([Make.Log("of the trace") with { TraceId = Make.TraceId(1) }]);
        var page = _pages.Open<LogsPage>($"logs?level=warning&trace={Make.TraceId(1)}");
        Assert.Equal([$"traces/{Make.TraceId(1)}", "logs?level=warning"], page.FindAll(".log-note a").Select(a => a.GetAttribute("href")));
        Assert.Contains("None of the 1 stored", page.Find(".empty").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_shows_a_part_of_many_and_says_how_many_there_are()
    {
        _pages.Logs.Add([.. Enumerable.Range(1, 10_500).Select(i => Make.Log($"{i}"))]);
        var page = _pages.Open<LogsPage>("logs");
        Assert.Equal(200, page.FindAll(".log-row").Count);
        Assert.Equal("200 shown; 10,000 stored, room for 10,000, 500 older ones were dropped.", page.Find(".log-counts").TextContent);

        page.Find(".log-older fluent-button").Click();
        Assert.Equal(400, page.FindAll(".log-row").Count);
    }

    public async ValueTask DisposeAsync() => await _pages.DisposeAsync();

    private List<string> Shown(string address) =>
        [.. _pages.Open<LogsPage>(address).FindAll(".log-text").Select(text => text.TextContent)];
}

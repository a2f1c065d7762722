using Bunit;
using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Telemetry;
using Page = KvStore.Dashboard.Components.Pages.TracePage;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>One trace as a page.</summary>
public sealed class TracePageTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TracePages _pages = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => _pages.DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    [Fact]
    public void It_explains_the_write_and_marks_the_quorum()
    {
        _pages.AddWrite(1);

        var page = Open(1);

        Assert.StartsWith("Answered after 412 ms: 3 ms commit, 402 ms simulated lag of follower2", page.Find(".trace-sentence").TextContent, StringComparison.Ordinal);
        Assert.Equal("quorum 3 of 5 at 411 ms, by follower2", page.Find(".wf-line-label").TextContent);
        Assert.Equal(12, page.FindAll(".wf-row").Count);
        Assert.Equal(5, page.FindAll(".wf-lag:not(.wf-after)").Count(p => p.ParentElement!.ClassList.Contains("wf-track")));
        Assert.Equal(2, page.FindAll(".wf-lag.wf-after").Count);
    }

    [Fact]
    public void A_span_tells_of_itself_when_it_is_clicked_and_the_address_remembers_it()
    {
        var write = _pages.AddWrite(1);
        var send = write.Spans.Single(s => s.Name == "replicate follower2");
        _pages.Logs.Add(
        [
            new LogRecord { At = send.Start, Resource = send.Resource, Message = "said in the send", TraceId = send.TraceId, SpanId = send.SpanId },
            new LogRecord { At = send.Start, Resource = send.Resource, Message = "said elsewhere", TraceId = send.TraceId, SpanId = write.Spans[0].SpanId },
        ]);
        var page = Open(1);

        page.Find($"[data-span='{send.SpanId}']").Click();

        Assert.EndsWith($"?span={send.SpanId}", _pages.Address, StringComparison.Ordinal);
        var details = page.Find("#span-details").TextContent;
        Assert.Contains("402 ms simulated lag, 5 ms sending", details, StringComparison.Ordinal);
        Assert.Contains("kvstore.lag_ms", details, StringComparison.Ordinal);
        Assert.Contains("said in the send", details, StringComparison.Ordinal);
        Assert.DoesNotContain("said elsewhere", details, StringComparison.Ordinal);
        Assert.Equal("true", page.Find($"[data-span='{send.SpanId}']").GetAttribute("aria-pressed"));

        page.Find("[data-close]").Click();
        Assert.Empty(page.FindAll("#span-details"));
    }

    [Fact]
    public void A_link_leads_to_the_other_trace_while_that_is_stored()
    {
        var other = _pages.AddWrite(2);
        var write = new WriteSpans(_pages.Resources, 1);
        var span = write.Add(
            "leader", "commit", write.Next(), 0, 0, 3,
            links: [new(other.Spans[0].TraceId, other.Spans[0].SpanId, []), new("000000000000000000000000000000ff", "00000000000000ff", [])]);
        _pages.Store.Add(write.Spans);

        var page = _pages.Open<Page>($"traces/{span.TraceId}?span={span.SpanId}", p => p.Add(x => x.TraceId, span.TraceId));

        var link = Assert.Single(page.FindAll(".span-links a"));
        Assert.Equal($"traces/{other.Spans[0].TraceId}?span={other.Spans[0].SpanId}", link.GetAttribute("href"));
        Assert.Contains("(not stored)", page.Find(".span-links").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_under_a_span_can_be_hidden()
    {
        _pages.AddWrite(1);
        var page = Open(1);

        page.FindAll(".wf-toggle")[1].Click();

        Assert.Equal("false", page.FindAll(".wf-toggle")[1].GetAttribute("aria-expanded"));
        Assert.Equal(11, page.FindAll(".wf-row").Count);
    }

    [Fact]
    public void Orphans_are_shown_under_a_note_until_their_parent_comes()
    {
        var write = WriteSpans.Usual(_pages.Resources, 1);
        _pages.Store.Add([.. write.Spans.Where(s => s.SpanKey != write.Server)]);
        var page = Open(1);
        Assert.Contains("name a parent that is not here", page.Find(".wf-note").TextContent, StringComparison.Ordinal);
        Assert.Equal(11, page.FindAll(".wf-row").Count);

        _pages.Store.Add([.. write.Spans.Where(s => s.SpanKey == write.Server)]);

        page.WaitForAssertion(() =>
        {
            _pages.Time.Advance(TraceListView.IntervalMin);
            Assert.Equal(12, page.FindAll(".wf-row").Count);
        });
        Assert.Empty(page.FindAll(".wf-note"));
    }

    [Fact]
    public void A_trace_that_is_not_there_yet_is_shown_when_it_comes()
    {
        var page = Open(7);
        Assert.Contains("There is no trace", page.Find(".empty").TextContent, StringComparison.Ordinal);

        _pages.AddWrite(7);

        page.WaitForAssertion(() =>
        {
            _pages.Time.Advance(TraceListView.IntervalMin);
            Assert.Equal(12, page.FindAll(".wf-row").Count);
        });
    }

    [Fact]
    public void What_comes_for_other_traces_does_not_paint_the_waterfall_again()
    {
        _pages.AddWrite(1);
        var page = Open(1);
        var waterfall = page.FindComponent<WaterfallView>();
        var painted = waterfall.RenderCount;

        _pages.AddWrite(2);
        _pages.Time.Advance(TimeSpan.FromSeconds(2));
        page.Render();

        Assert.Equal(painted, waterfall.RenderCount);
    }

    private IRenderedComponent<Page> Open(ulong trace)
    {
        var id = TelemetryIds.Format((UInt128)trace);
        return _pages.Open<Page>($"traces/{id}", parameters => parameters.Add(p => p.TraceId, id));
    }
}

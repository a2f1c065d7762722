using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>Where the waterfall draws what.</summary>
public sealed class WaterfallTests
{
    [Fact]
    public void The_quorum_line_stands_at_the_Wth_confirmation()
    {
        var waterfall = new Waterfall(WriteSpans.Usual().ToTrace(), 5);

        var line = Assert.Single(waterfall.Lines);
        Assert.Equal((true, "quorum 3 of 5 at 411 ms, by follower2"), (line.IsQuorum, line.Text));
        Assert.Equal(100 * 411 / 619.0, line.Percent, 6);
    }

    [Fact]
    public void The_answer_has_a_line_of_its_own_when_it_came_clearly_later()
    {
        var spans = new WriteSpans();
        spans.AddServer(400, quorumAt: 300, "follower1", quorum: 1);
        spans.AddSend("follower1", 3, 290, 293, 300);

        var waterfall = new Waterfall(spans.ToTrace(), 0);

        Assert.Equal(["quorum 1 of 1 at 300 ms, by follower1", "answered at 400 ms"], waterfall.Lines.Select(l => l.Text));
        Assert.Equal([75.0, 100.0], waterfall.Lines.Select(l => l.Percent));
    }

    [Fact]
    public void Without_a_quorum_there_is_only_the_answer()
    {
        var spans = new WriteSpans();
        spans.AddServer(500, quorumAt: null, null, "unknown", error: "time is up");
        spans.AddSend("follower1", 3, 290, 293, 300);

        var line = Assert.Single(new Waterfall(spans.ToTrace(), 5).Lines);

        Assert.Equal((false, "answered “unknown” at 500 ms"), (line.IsQuorum, line.Text));
    }

    [Fact]
    public void Lag_and_work_of_a_send_are_drawn_apart_and_what_is_after_the_answer_as_well()
    {
        var waterfall = new Waterfall(WriteSpans.Usual().ToTrace(), 5);

        Assert.Equal([(BarKind.Lag, 100.0, false), (BarKind.Work, 5.0, false)], Parts(waterfall, "replicate follower1"));
        Assert.Equal([(BarKind.Lag, 408.0, false), (BarKind.Lag, 192.0, true), (BarKind.Work, 5.0, true)], Parts(waterfall, "replicate follower4"));
        Assert.Equal([(BarKind.Work, 412.0, false)], Parts(waterfall, "POST /keys"));

        var late = waterfall.Rows.Single(r => r.Span.Name == "replicate follower4");
        Assert.Equal(197, late.AfterAnswer?.TotalMilliseconds);
        Assert.Contains("600 ms simulated lag, 5 ms sending, confirmed 197 ms after the answer", SpanText.AccessibleName(late), StringComparison.Ordinal);
        Assert.Null(waterfall.Rows.Single(r => r.Span.Name == "replicate follower1").AfterAnswer);
    }

    [Fact]
    public void What_began_after_the_answer_is_after_it_down_to_the_followers()
    {
        var waterfall = new Waterfall(WriteSpans.Usual().ToTrace(), 5);

        var applies = waterfall.Rows.Where(r => r.Span.Name == "apply").ToDictionary(r => r.Span.Resource.Name, r => r.Parts.All(p => p.IsAfterAnswer));

        Assert.Equal(["follower4", "follower5"], applies.Where(a => a.Value).Select(a => a.Key).Order());
    }

    [Fact]
    public void Spans_stand_under_their_parents_and_sends_in_the_order_of_their_followers()
    {
        var rows = new Waterfall(WriteSpans.Usual().ToTrace(), 5).Rows;

        Assert.Equal(
            ["0 POST /keys", "1 commit", "1 replicate follower1", "2 apply", "1 replicate follower2", "2 apply", "1 replicate follower3", "2 apply",
                "1 replicate follower4", "2 apply", "1 replicate follower5", "2 apply"],
            rows.Select(r => $"{r.Place.Depth} {r.Span.Name}"));
        Assert.Equal(0, rows.Count(r => r.Place.IsOrphan));
    }

    [Fact]
    public void Orphans_come_last_with_what_hangs_under_them_and_nothing_is_lost()
    {
        var spans = WriteSpans.Usual();
        var lost = spans.Add("follower1", "lost", spans.Next(), parent: 0x7777, -5, 10);
        spans.Add("follower1", "under lost", spans.Next(), lost.SpanKey, 1, 2);

        var waterfall = new Waterfall(spans.ToTrace(), 5);

        Assert.Equal(["lost", "under lost"], waterfall.Rows.Skip(12).Select(r => r.Span.Name));
        Assert.Equal([12, 13], waterfall.Rows.Index().Where(r => r.Item.Place.IsOrphan).Select(r => r.Index));
        Assert.Equal(624, waterfall.Duration.TotalMilliseconds);
    }

    [Fact]
    public void Spans_that_are_one_anothers_parents_are_each_shown_once()
    {
        var spans = new WriteSpans();
        spans.Add("leader", "one", 1, 2, 0, 10);
        spans.Add("leader", "two", 2, 1, 5, 10);

        Assert.Equal(["one", "two"], new Waterfall(spans.ToTrace(), 0).Rows.Select(r => r.Span.Name).Order());
    }

    [Fact]
    public void A_child_whose_clock_is_behind_is_drawn_where_its_parent_sent_it()
    {
        var spans = new WriteSpans();
        spans.AddServer(40, quorumAt: 30, "follower1", quorum: 1);
        spans.AddSend("follower1", 4, 10, 14, 30, applyBehind: 500);

        var waterfall = new Waterfall(spans.ToTrace(), 5);
        var apply = waterfall.Rows.Single(r => r.Span.Name == "apply");

        Assert.Equal((14, 14), (apply.Offset.TotalMilliseconds, apply.Place.Span.Duration.TotalMilliseconds));
        Assert.Equal(499, apply.Place.Shift.TotalMilliseconds);
        Assert.Equal((499, 40), (waterfall.ClockDifference.TotalMilliseconds, waterfall.Duration.TotalMilliseconds));
    }

    [Fact]
    public void A_whole_process_moves_with_its_first_span_and_the_lines_with_it()
    {
        var spans = new WriteSpans();
        var client = spans.Add("client", "test", spans.Next(), 0, 1000, 1100, kind: SpanKind.Client);
        spans.AddCommit(1, 4);
        spans.AddSend("follower1", 4, 10, 14, 30, apply: false);
        spans.AddServer(50, quorumAt: 30, "follower1", quorum: 1, parent: client.SpanKey);

        var waterfall = new Waterfall(spans.ToTrace(), 5);

        Assert.Equal(100, waterfall.Duration.TotalMilliseconds);
        Assert.Equal([0.0, 0, 1, 4], waterfall.Rows.Select(r => r.Offset.TotalMilliseconds));
        Assert.Equal([30.0, 50], waterfall.Lines.Select(l => l.Percent));
    }

    [Fact]
    public void A_send_that_failed_says_so_in_its_name()
    {
        var spans = new WriteSpans();
        spans.AddSend("follower1", 4, 10, 14, 30, error: "Connection refused", attempt: 2);

        var row = new Waterfall(spans.ToTrace(), 5).Rows.Single();

        Assert.True(row.HasError);
        Assert.EndsWith("attempt 2, 10 ms simulated lag, 16 ms sending, failed: Connection refused", SpanText.AccessibleName(row), StringComparison.Ordinal);
    }

    [Fact]
    public void Collapsing_hides_what_is_below_and_nothing_else()
    {
        var waterfall = new Waterfall(WriteSpans.Usual().ToTrace(), 5);
        var send = waterfall.Rows[2].Span.SpanKey;

        Assert.Equal(11, waterfall.Visible(new HashSet<ulong> { send }).Count());
        Assert.Equal(["POST /keys"], waterfall.Visible(new HashSet<ulong> { waterfall.Rows[0].Span.SpanKey, send }).Select(r => r.Span.Name));
    }

    [Theory]
    [InlineData(619, "0 ms|200 ms|400 ms|600 ms")]
    [InlineData(1000, "0 ms|200 ms|400 ms|600 ms|800 ms|1 s")]
    [InlineData(2.5, "0 ms|500 µs|1 ms|1.5 ms|2 ms|2.5 ms")]
    [InlineData(61_000, "0 ms|20 s|40 s|1 min 0 s")]
    [InlineData(0, "0 ms")]
    public void The_axis_has_few_marks_at_round_numbers(double ms, string ticks)
    {
        Assert.Equal(ticks, string.Join('|', TimeAxis.Ticks(TimeSpan.FromMilliseconds(ms)).Select(t => t.Text)));
    }

    private static (BarKind, double, bool)[] Parts(Waterfall waterfall, string name) =>
        [.. waterfall.Rows.Single(r => r.Span.Name == name).Parts.Select(p => (p.Kind, Math.Round(p.Width * waterfall.Duration.TotalMilliseconds / 100, 6), p.IsAfterAnswer))];
}

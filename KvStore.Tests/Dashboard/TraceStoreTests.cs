using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

public sealed class TraceStoreTests
{
    [Fact]
    public void Spans_that_arrive_in_any_order_make_one_trace_under_its_root()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add([Make.Span(1, 30, parent: 20, startMs: 5, durationMs: 60_000, name: "apply", resource: Make.Follower1)]);
        Assert.False(store.Query(new()).Items[0].HasRoot);
        store.Add([Make.Span(1, 20, parent: 10, startMs: 3, durationMs: 2, name: "replicate follower1")]);
        store.Add([Make.Span(1, 10, startMs: 1, durationMs: 9)]);

        var trace = store.Find(Make.TraceId(1))!;
        Assert.Equal([10UL, 20, 30], trace.Spans.Select(s => s.SpanKey));
        Assert.Equal([(10UL, 0), (20, 1), (30, 2)], SpanTree.Build(trace.Spans).Select(n => (n.Span.SpanKey, n.Depth)));
        Assert.Equal("leader: POST /keys", trace.Name);
        Assert.Equal(Make.Noon.AddMilliseconds(1), trace.Start);
        Assert.Equal(TimeSpan.FromMilliseconds(60_004), trace.Duration);
        Assert.Equal(TimeSpan.FromMilliseconds(9), trace.RootDuration);
        Assert.Empty(trace.Orphans);
        Assert.Equal([("leader", 2), ("follower1", 1)], trace.Resources.Select(r => (r.Resource.Name, r.Spans)));
        Assert.True(Assert.Single(store.Query(new()).Items).HasRoot);
    }

    [Fact]
    public void A_span_that_comes_twice_replaces_itself()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add([Make.Span(1, 1, durationMs: 1)]);
        Assert.Equal(TimeSpan.FromMilliseconds(1), store.Query(new()).Items[0].Duration);
        store.Add([Make.Span(1, 1, durationMs: 7)]);

        var summary = Assert.Single(store.Query(new()).Items);
        Assert.Equal((1, TimeSpan.FromMilliseconds(7)), (summary.SpanCount, summary.Duration));
        Assert.Equal(2, store.Counters.Received);
    }

    [Fact]
    public void Orphans_are_named_and_stand_at_depth_0()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add([Make.Span(1, 1), Make.Span(1, 3, parent: 99, startMs: 2), Make.Span(1, 4, parent: 3, startMs: 3)]);

        var trace = store.Find(Make.TraceId(1))!;
        Assert.Equal(3UL, Assert.Single(trace.Orphans).SpanKey);
        Assert.Equal([(1UL, 0, false), (3, 0, true), (4, 1, true)], SpanTree.Build(trace.Spans).Select(n => (n.Span.SpanKey, n.Depth, n.IsOrphan)));
    }

    [Fact]
    public void Spans_that_are_one_anothers_parents_are_shown_once_each()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add([Make.Span(1, 1, parent: 2), Make.Span(1, 2, parent: 1, startMs: 1), Make.Span(1, 3, parent: 3, startMs: 2)]);

        Assert.Equal([1UL, 2, 3], SpanTree.Build(store.Find(Make.TraceId(1))!.Spans).Select(n => n.Span.SpanKey));
    }

    [Fact]
    public void A_trace_may_be_as_deep_as_it_has_spans()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add([.. Enumerable.Range(1, 5_000).Select(i => Make.Span(1, (ulong)i, parent: (ulong)i - 1, startMs: i))]);

        var tree = SpanTree.Build(store.Find(Make.TraceId(1))!.Spans);
        Assert.Equal((5_000, 4_999), (tree.Count, tree[^1].Depth));
    }

    [Fact]
    public void The_trace_whose_first_span_came_first_goes_first_and_its_late_spans_with_it()
    {
        var store = new TraceStore(new StoreLimits { TracesMax = 2 });
        store.Add([Make.Span(1, 1, startMs: 100), Make.Span(2, 1, startMs: 50), Make.Span(1, 2, parent: 1)]);
        store.Add([Make.Span(3, 1, startMs: 0)]);

        Assert.Equal([Make.TraceId(2), Make.TraceId(3)], store.Query(new()).Items.Select(t => t.TraceId));
        Assert.Equal(new StoreCounters(Received: 4, Stored: 2, Max: 2, Dropped: 1, Refused: 0), store.Counters);

        store.Add([Make.Span(1, 3, parent: 1)]);
        Assert.Null(store.Find(Make.TraceId(1)));
        Assert.Equal(1, store.Counters.Refused);
    }

    [Fact]
    public void A_trace_takes_no_more_spans_than_its_limit()
    {
        var store = new TraceStore(new StoreLimits { SpansPerTraceMax = 100 });
        store.Add([.. Enumerable.Range(1, 150).Select(i => Make.Span(1, (ulong)i))]);
        store.Add([Make.Span(1, 100, durationMs: 5)]); // There already, so it is no more.

        Assert.Equal(100, store.Find(Make.TraceId(1))!.Spans.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(5), store.Find(Make.TraceId(1))!.Duration);
        Assert.Equal(50, store.Counters.Refused);
    }

    [Fact]
    public void Large_attributes_push_out_old_traces_and_no_trace_takes_more_than_an_eighth()
    {
        var store = new TraceStore(new StoreLimits { TraceBytesMax = 1 << 20 });
        var large = new KeyValuePair<string, string>[] { new("text", new('x', 4_000)) }; // 8 KB in memory.
        for (var trace = 1; trace <= 200; trace++)
        {
            store.Add([Make.Span(trace, 1) with { Attributes = large }]);
        }

        Assert.InRange(store.Counters.Stored, 100, 140);
        Assert.Equal(200, store.Counters.Stored + store.Counters.Dropped);

        store.Add([.. Enumerable.Range(1, 200).Select(i => Make.Span(999, (ulong)i) with { Attributes = large })]);
        Assert.InRange(store.Find(Make.TraceId(999))!.Spans.Count, 10, 16);
    }

    [Fact]
    public void The_version_changes_with_every_addition_alone()
    {
        var store = new TraceStore(new StoreLimits());
        var before = store.Version;
        store.Add([Make.Span(1, 1)]);
        var after = store.Version;
        Assert.NotEqual(before, after);
        Assert.Equal(after, store.Query(new()).Version);
        Assert.Equal(after, store.Version);
    }

    [Theory]
    [InlineData("k-17", 2)]
    [InlineData("kvstore.lsn=17", 1)]
    [InlineData("`kvstore.lsn`=17", 1)]
    [InlineData("KVSTORE.LSN=170", 2)]
    [InlineData("kvstore.lsn=1", 0)]
    [InlineData("quorum reached", 1)]
    [InlineData("0000000000000003", 3)]
    [InlineData("post /KEYS", 1, 2, 3)]
    [InlineData(" ", 1, 2, 3)]
    public void Text_is_found_in_names_ids_attributes_and_events(string text, params int[] traces)
    {
        var store = new TraceStore(new StoreLimits());
        store.Add(
        [
            Make.Span(1, 1) with { Attributes = [new("kvstore.lsn", "17")] },
            Make.Span(2, 1) with { Attributes = [new("kvstore.lsn", "170"), new("key", "k-17")] },
            Make.Span(3, 1),
            Make.Span(1, 2, parent: 1) with { Events = [new("quorum reached", Make.Noon, [])] },
        ]);

        var found = store.Query(new() { Text = text, SortBy = TraceSort.Start, Descending = false }).Items.Select(t => t.TraceId).Order();
        Assert.Equal(traces.Where(t => t != 0).Select(Make.TraceId), found);
    }

    [Fact]
    public void Traces_are_filtered_by_resource_name_status_and_duration()
    {
        var store = new TraceStore(new StoreLimits());
        store.Add(
        [
            Make.Span(1, 1, durationMs: 10),
            Make.Span(1, 2, parent: 1, resource: Make.Follower1) with { Status = SpanStatus.Error },
            Make.Span(2, 1, durationMs: 20, name: "GET /keys/{key}"),
        ]);

        Assert.Equal([Make.TraceId(1)], Ids(store, new() { Resource = "follower1" }));
        Assert.Equal([Make.TraceId(2)], Ids(store, new() { Name = "get" }));
        Assert.Equal([Make.TraceId(1)], Ids(store, new() { Status = TraceStatusFilter.Error }));
        Assert.Equal([Make.TraceId(2)], Ids(store, new() { Status = TraceStatusFilter.Ok }));
        Assert.Equal([Make.TraceId(2)], Ids(store, new() { MinDuration = TimeSpan.FromMilliseconds(11) }));
        Assert.Empty(Ids(store, new() { Resource = "follower1", Status = TraceStatusFilter.Ok }));
    }

    [Theory]
    [InlineData(nameof(TraceSort.Start), false, 2, 1, 3)]
    [InlineData(nameof(TraceSort.Start), true, 3, 1, 2)]
    [InlineData(nameof(TraceSort.Duration), true, 1, 3, 2)]
    [InlineData(nameof(TraceSort.RootDuration), true, 3, 2, 1)]
    [InlineData(nameof(TraceSort.Name), false, 3, 2, 1)]
    public void Traces_are_sorted_and_paged(string sort, bool descending, params int[] traces)
    {
        var store = new TraceStore(new StoreLimits());
        store.Add(
        [
            Make.Span(1, 1, startMs: 5, durationMs: 1, name: "c"),
            Make.Span(1, 2, parent: 1, startMs: 5, durationMs: 100),
            Make.Span(2, 1, startMs: 0, durationMs: 2, name: "b"),
            Make.Span(3, 1, startMs: 9, durationMs: 3, name: "a"),
        ]);

        var query = new TraceQuery { SortBy = Enum.Parse<TraceSort>(sort), Descending = descending };
        Assert.Equal(traces.Select(Make.TraceId), Ids(store, query));
        var page = store.Query(query with { Skip = 1, Take = 1 });
        Assert.Equal((Make.TraceId(traces[1]), 3, 3), (Assert.Single(page.Items).TraceId, page.Matched, page.Stored));
    }

    [Fact]
    public async Task Pages_may_ask_while_spans_come()
    {
        var store = new TraceStore(new StoreLimits { TracesMax = 50 });
        var adding = Task.Run(() =>
        {
            for (var i = 0; i < 40_000; i++)
            {
                store.Add([Make.Span(1 + (i / 100), (ulong)(1 + (i % 90)), parent: (ulong)(i % 90))]);
            }
        });
        while (!adding.IsCompleted)
        {
            foreach (var trace in store.Query(new() { Text = "keys", Take = 50 }).Items)
            {
                Assert.InRange(trace.SpanCount, 1, 90);
                var found = store.Find(trace.TraceId);
                Assert.Equal(found?.Spans.Count, found?.Spans.Select(s => s.SpanKey).Distinct().Count());
            }
        }

        await adding;
        Assert.Equal(new StoreCounters(40_000, 50, 50, 350, 0), store.Counters);
        Assert.All(store.Query(new() { Take = 50 }).Items, t => Assert.Equal(90, t.SpanCount));
    }

    private static IEnumerable<string> Ids(TraceStore store, TraceQuery query) => store.Query(query).Items.Select(t => t.TraceId);
}

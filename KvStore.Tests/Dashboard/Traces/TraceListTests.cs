using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>The list's filter in the address, and its rows.</summary>
public sealed class TraceListTests
{
    private readonly TelemetryResources _resources = new(new StoreLimits(), TimeProvider.System);
    private readonly TraceStore _store = new(new StoreLimits());

    [Fact]
    public void A_filter_survives_its_address()
    {
        var filter = new TraceListFilter
        {
            Resource = "follower2",
            Name = "POST /keys",
            Text = "kvstore.lsn=17&x",
            Status = TraceStatusFilter.Error,
            MinDurationMs = 250,
            Sort = TraceSort.Duration,
            Descending = false,
            Page = 3,
        };

        var address = filter.ToAddress();

        Assert.Equal("traces?resource=follower2&name=POST%20%2Fkeys&q=kvstore.lsn%3D17%26x&status=error&min=250&sort=duration&dir=asc&page=3", address);
        var query = System.Web.HttpUtility.ParseQueryString(new Uri("http://x/" + address).Query);
        Assert.Equal(filter, TraceListFilter.Read(query["resource"], query["name"], query["q"], query["status"], query["min"], query["sort"], query["dir"], query["page"]));
    }

    [Theory]
    [InlineData("-1", "0")]
    [InlineData("x", "-3")]
    [InlineData("99999999999999", "99999999999999")]
    public void Nonsense_in_the_address_does_no_harm(string min, string page)
    {
        var filter = TraceListFilter.Read(null, null, null, "nonsense", min, "nonsense", "nonsense", page);

        Assert.Equal((TraceStatusFilter.Any, TraceSort.Start, true), (filter.Status, filter.Sort, filter.Descending));
        var view = new TraceListView(_store, TimeProvider.System);
        view.Read(filter);
        Assert.Empty(view.Rows);
    }

    [Fact]
    public void The_untouched_list_has_a_plain_address() => Assert.Equal("traces", new TraceListFilter().ToAddress());

    [Fact]
    public void Sorting_by_a_column_again_turns_the_order_round_and_begins_at_the_first_page()
    {
        var once = new TraceListFilter { Page = 4 }.SortedBy(TraceSort.Duration);
        var twice = once.SortedBy(TraceSort.Duration);

        Assert.Equal((TraceSort.Duration, true, 1), (once.Sort, once.Descending, once.Page));
        Assert.False(twice.Descending);
        Assert.Equal(("ascending", null), (twice.AriaSort(TraceSort.Duration), twice.AriaSort(TraceSort.Start)));
    }

    [Fact]
    public void A_row_says_whom_the_write_waited_for()
    {
        _store.Add(WriteSpans.Usual(_resources).Spans);
        var view = new TraceListView(_store, TimeProvider.System);
        view.Read(new TraceListFilter());

        var row = Assert.Single(view.Rows);
        Assert.Equal((3, "follower2", 2, "leader", "17"), (row.WriteQuorum, row.WaitedFor, row.WaitedForColour, row.Root.Name, row.Lsn));
        Assert.Equal(["leader", "follower1", "follower2", "follower3", "follower4", "follower5"], row.Resources.Select(r => r.Resource.Name));
        Assert.Equal(100 * 412 / 619.0, row.AnsweredPercent, 6);
    }

    [Fact]
    public void Only_rows_of_traces_that_have_changed_are_made_again()
    {
        var first = WriteSpans.Usual(_resources, trace: 1);
        var second = WriteSpans.Usual(_resources, trace: 2);
        _store.Add(first.Spans);
        _store.Add(second.Spans[..^1]);
        var time = new FakeTimeProvider();
        var view = new TraceListView(_store, time);
        view.Read(new TraceListFilter());
        var before = view.Rows.ToDictionary(r => r.Summary.TraceId);

        Assert.False(view.Refresh());
        _store.Add(second.Spans[^1..]);
        Assert.True(view.Refresh());

        Assert.Equal(
            [(TelemetryIds.Format((UInt128)1), true), (TelemetryIds.Format((UInt128)2), false)],
            view.Rows.OrderBy(r => r.Summary.TraceId).Select(r => (r.Summary.TraceId, ReferenceEquals(r, before[r.Summary.TraceId]))));
    }

    [Fact]
    public void A_page_beyond_the_last_shows_the_last()
    {
        for (var i = 1UL; i <= 60; i++)
        {
            _store.Add(WriteSpans.Usual(_resources, i).Spans);
        }

        var view = new TraceListView(_store, TimeProvider.System);
        view.Read(new TraceListFilter { Page = 9 });

        Assert.Equal((10, 2, 60), (view.Rows.Count, view.Pages, view.Matched));
    }
}

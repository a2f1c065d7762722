using KvStore.Dashboard.Components.MetricParts;
using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Dashboard.Metrics;

public sealed class MetricsViewTests
{
    private readonly FakeTimeProvider _time = new(Make.Noon);
    private readonly TelemetryResources _resources;
    private readonly MetricStore _store;
    private readonly MetricsView _view;

    public MetricsViewTests()
    {
        _resources = new(new StoreLimits(), _time);
        _store = new(new StoreLimits(), _resources, _time);
        _view = new(_store, _resources, _time);
    }

    private TelemetryResource Leader => _resources.Resource("leader");

    private TelemetryResource Follower1 => _resources.Resource("follower1");

    [Fact]
    public void The_write_duration_of_the_leader_comes_first()
    {
        _store.AddRequests(Follower1);
        _store.AddLag(Leader, ("follower1", 3));
        _store.AddDurations(Leader);
        _view.Show(new());

        Assert.Equal(("leader", MetricData.Meter, "kvstore.write.duration"), (_view.Choice.Resource, _view.Choice.Meter, _view.Choice.Instrument));
        Assert.Equal(["leader", "follower1"], _view.Resources);
        Assert.Equal(["Percentiles", "Measurements per second"], _view.Charts.Select(chart => chart.Title));
        Assert.Equal(["p50 300 ms", "p90 460 ms", "p99 496 ms"], _view.Charts[0].Lines.Select(line => $"{line.Label} {line.Last}"));
        Assert.Equal(["1/s"], _view.Charts[1].Lines.Select(line => line.Last));
    }

    [Fact]
    public void Without_a_leader_something_else_comes_first()
    {
        _store.AddRequests(Follower1);
        _view.Show(new());
        Assert.Equal(("follower1", "http.requests"), (_view.Choice.Resource, _view.Choice.Instrument));
        Assert.Equal(["2/s"], _view.Charts.Single().Lines.Select(line => line.Last));
    }

    [Fact]
    public void An_instrument_that_several_but_not_the_leader_have_is_shown_of_all()
    {
        _store.AddRequests(Follower1);
        _store.AddRequests(_resources.Resource("follower2"));
        _view.Show(new() { Instrument = "http.requests" });
        Assert.Equal(MetricChoice.AllResources, _view.Choice.Resource);
    }

    [Fact]
    public void All_resources_have_a_line_each_in_their_colour()
    {
        _store.AddDurations(Leader);
        _store.AddDurations(Follower1);
        _view.Show(new() { Resource = MetricChoice.AllResources, Percentile = 50 });

        Assert.Equal("p50", _view.Charts[0].Title);
        Assert.Equal(
            [("leader", "var(--resource-0)", "300 ms"), ("follower1", "var(--resource-1)", "300 ms")],
            _view.Charts[0].Lines.Select(line => (line.Label, line.Colour, line.Last!)));
    }

    [Fact]
    public void A_gauge_by_follower_has_a_line_for_each_in_its_colour_without_being_asked()
    {
        _ = Follower1;
        _store.AddLag(Leader, ("follower1", 3), ("elsewhere", 5));
        _view.Show(new() { Instrument = "kvstore.replication.lag.entries" });
        Assert.Equal("kvstore.follower", _view.SplitBy);
        Assert.Equal(
            [("elsewhere", "var(--series-0)", "5"), ("follower1", "var(--resource-1)", "3")],
            _view.Charts.Single().Lines.Select(line => (line.Label, line.Colour, line.Last!)));

        _view.Show(_view.Choice with { By = MetricChoice.Together });
        Assert.Equal(["4"], _view.Charts.Single().Lines.Select(line => line.Last));
    }

    [Fact]
    public void A_histogram_can_be_split_and_filtered_by_a_dimension()
    {
        _store.AddDurations(Leader, outcome: "ok");
        _store.AddDurations(Leader, outcome: "timed out");
        _view.Show(new() { By = "kvstore.outcome" });
        Assert.Equal(["ok", "timed out"], _view.Charts[0].Lines.Select(line => line.Label));

        _view.Show(_view.Choice.With("kvstore.outcome", "timed out", isWanted: true));
        Assert.Equal(["timed out"], _view.Charts[0].Lines.Select(line => line.Label));
        Assert.Equal(["ok", "timed out"], Assert.Single(_view.Dimensions).Values);
        Assert.Equal(1, _view.ExemplarCount);
    }

    [Fact]
    public void Exemplars_lead_to_their_spans()
    {
        _store.AddDurations(Leader);
        _view.Show(new());
        var line = Assert.Single(_view.Exemplars);
        Assert.Equal(($"traces/{Make.TraceId(7)}?span=00000000000000aa", "300 ms", "leader"), (line.Address, line.Value, line.Resource));
        Assert.Equal(line.Address, Assert.Single(_view.Charts[0].Exemplars).Address);
    }

    [Fact]
    public void A_restarted_resource_goes_on_with_its_line()
    {
        _store.AddDurations(_resources.Get("leader", "before", []));
        _time.Advance(TimeSpan.FromSeconds(1));
        var after = _resources.Get("leader", "after", []);
        _store.Add([new(new(after, MetricData.Meter, "kvstore.write.duration", "s", "", InstrumentKind.Histogram), IsDelta: false,
            [new() { Dimensions = [], Start = Make.Noon, At = Make.Noon.AddSeconds(1), Bounds = [0.1], Buckets = [5, 0] }])]);
        _view.Show(new() { Resource = MetricChoice.AllResources });
        var line = Assert.Single(_view.Charts[0].Lines);
        Assert.Equal(("leader", "99 ms"), (line.Label, line.Last));
        Assert.Contains(_view.Charts[0].Rows(), row => row[1] == "496 ms");
    }

    [Fact]
    public void Too_many_lines_give_way_to_the_greatest()
    {
        _store.AddLag(Leader, [.. Enumerable.Range(1, 20).Select(i => ($"f{i:00}", (double)i))]);
        _view.Show(new() { By = "kvstore.follower" });
        Assert.Equal(20, _view.LineCount);
        Assert.Equal(Enumerable.Range(9, 12).Select(i => $"f{i:00}"), _view.Charts.Single().Lines.Select(line => line.Label));
    }

    [Fact]
    public void A_resource_without_the_instrument_says_who_has_it()
    {
        _store.AddDurations(Leader);
        _store.AddRequests(Follower1);
        _view.Show(new() { Resource = "follower1", Instrument = "kvstore.write.duration" });
        Assert.Null(_view.Instrument);
        Assert.Equal(["leader"], _view.Elsewhere);
    }

    [Fact]
    public void Nothing_is_read_again_until_points_or_time_have_come()
    {
        _store.AddDurations(Leader);
        _view.Show(new());
        Assert.False(_view.Refresh());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_view.Refresh());
        Assert.False(_view.Refresh());
        _store.AddRequests(Leader);
        Assert.True(_view.Refresh());
    }

    [Theory]
    [InlineData("instruments")]
    [InlineData("instruments?resource=%2A&meter=KvStore.Node&instrument=a.b&minutes=15&by=-&p=50&where=x%3D1&where=x%3D2&where=y%3Da%3Db")]
    public void An_address_says_the_whole_choice(string address)
    {
        var query = System.Web.HttpUtility.ParseQueryString(address.Contains('?', StringComparison.Ordinal) ? address[address.IndexOf('?', StringComparison.Ordinal)..] : "");
        var choice = MetricChoice.Read(
            query["resource"], query["meter"], query["instrument"], query["minutes"], query["by"], query["p"], query.GetValues("where"));
        Assert.Equal(address, choice.ToAddress());
    }

    [Fact]
    public void Nonsense_in_an_address_is_as_if_it_were_not_there() =>
        Assert.Equal("instruments", MetricChoice.Read(null, null, null, "7", null, "101", ["=x", "y"]).ToAddress());
}

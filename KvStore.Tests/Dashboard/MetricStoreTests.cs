using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Dashboard;

public sealed class MetricStoreTests
{
    private static readonly double[] Bounds = [1, 2, 4];
    private readonly FakeTimeProvider _time = new(Make.Noon);
    private readonly TelemetryResources _resources;
    private readonly MetricStore _store;

    public MetricStoreTests()
    {
        var limits = new StoreLimits { PointsMax = 100, SeriesPerInstrumentMax = 10, InstrumentsMax = 5 };
        _resources = new(limits, _time);
        _store = new(limits, _resources, _time);
    }

    [Fact]
    public void A_counters_rate_is_its_growth_between_exports()
    {
        Counter(0, 100);
        Counter(10, 150);
        Counter(20, 150);
        Counter(30, 170);

        Assert.Equal([5, 0, 2], Line(_store.Rate(Query("writes", seconds: 30, steps: 3))));
        Assert.Equal([150, 150, 170], Line(_store.Values(Query("writes", seconds: 30, steps: 3))));

        // Steps need not fall on exports.
        Assert.Equal([5, 1.666666667, 0.666666667, 2], Line(_store.Rate(Query("writes", seconds: 30, steps: 4))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_counter_that_restarts_has_grown_by_what_it_shows(bool tellsItsStart)
    {
        Counter(0, 100);
        Counter(10, 150);
        Counter(20, 30, start: tellsItsStart ? Make.Noon.AddSeconds(15) : null);

        var rates = Line(_store.Rate(Query("writes", seconds: 20, steps: 4)));
        Assert.Equal(tellsItsStart ? [5, 5, null, 6] : [5, 5, 3, 3], rates);
    }

    [Fact]
    public void A_series_that_appears_has_grown_since_the_export_before()
    {
        Counter(0, 5);
        Counter(10, 5);
        Counter(20, 5);
        Counter(20, 40, dimension: "new");
        Assert.Equal([0, 4], Line(_store.Rate(Query("writes", seconds: 20, steps: 2))));
    }

    [Fact]
    public void What_was_counted_before_the_dashboard_began_is_no_growth()
    {
        Counter(0, 1_000_000, start: Make.Noon.AddHours(-1));
        Counter(10, 1_000_010, start: Make.Noon.AddHours(-1));
        Assert.Equal([1, null], Line(_store.Rate(Query("writes", seconds: 20, steps: 2))));
    }

    [Fact]
    public void Deltas_are_put_together()
    {
        foreach (var (at, value) in new[] { (10, 5.0), (20, 0), (30, 20) })
        {
            Add(Info("writes", InstrumentKind.Counter), isDelta: true, new PointUpdate
            {
                Dimensions = [],
                Start = Make.Noon.AddSeconds(at - 10),
                At = Make.Noon.AddSeconds(at),
                Value = value,
            });
        }

        Assert.Equal([0.5, 0, 2], Line(_store.Rate(Query("writes", seconds: 30, steps: 3))));
    }

    [Fact]
    public void Series_are_put_together_grouped_and_filtered()
    {
        foreach (var at in new[] { 0, 10 })
        {
            Counter(at, at, dimension: "ok");
            Counter(at, at * 2, dimension: "failed");
            Gauge(at, 4, "a");
            Gauge(at, 8, "b");
        }

        var query = Query("writes", seconds: 10, steps: 1);
        Assert.Equal([3], Line(_store.Rate(query)));
        Assert.Equal([("failed", 2.0), ("ok", 1)], _store.Rate(query with { GroupBy = "outcome" })!.Lines.Select(l => (l.Label, l.Values[0]!.Value)));
        Assert.Equal([1], Line(_store.Rate(query with { Filters = new Dictionary<string, IReadOnlySet<string>> { ["outcome"] = new HashSet<string> { "ok" } } })));
        Assert.Equal([6], Line(_store.Values(Query("lag", seconds: 10, steps: 1))));
        Assert.Equal([8], Line(_store.Values(Query("lag", seconds: 10, steps: 1) with { Combine = Combine.Max })));

        var dimension = Assert.Single(_store.Dimensions(Info("writes", InstrumentKind.Counter)));
        Assert.Equal("outcome", dimension.Name);
        Assert.Equal(["failed", "ok"], dimension.Values);
        Assert.Equal(["lag", "writes"], _store.Instruments(Make.Leader).Select(i => i.Name));
        Assert.Empty(_store.Instruments(Make.Follower1));
    }

    [Fact]
    public void Percentiles_are_those_of_each_step_also_over_a_reset()
    {
        Histogram(0, [100, 0, 0, 0]);
        Histogram(10, [100, 10, 0, 0]); // 10 between 1 and 2.
        Histogram(20, [100, 10, 10, 0]); // 10 between 2 and 4.
        Histogram(30, [4, 0, 0, 0], start: Make.Noon.AddSeconds(20)); // A new process: 4 below 1.
        Histogram(40, [4, 0, 0, 0], start: Make.Noon.AddSeconds(20));

        var chart = _store.Percentiles(Query("duration", seconds: 40, steps: 4), [0.5, 0.9])!;
        Assert.Equal(["p50", "p90"], chart.Lines.Select(l => l.Label));
        Assert.Equal([1.5, 3, 0.5, null], chart.Lines[0].Values);
        Assert.Equal([1.9, 3.8, 0.9, null], chart.Lines[1].Values.Select(v => v is { } x ? Math.Round(x, 9) : (double?)null));
        Assert.Equal([1, 1, 0.4, 0], Line(_store.Rate(Query("duration", seconds: 40, steps: 4))));
        Assert.Null(_store.Percentiles(Query("writes", seconds: 40, steps: 4), [0.5]));
    }

    [Fact]
    public void An_exemplar_that_each_export_repeats_is_kept_once()
    {
        foreach (var at in new[] { 10, 20, 30 })
        {
            Add(Info("duration", InstrumentKind.Histogram), isDelta: false, Point(at, [1, 0, 0, at]) with
            {
                Exemplars = [new(0.5, Make.Noon.AddSeconds(9), Make.TraceId(1), "", []), new(8, Make.Noon.AddSeconds(at - 1), Make.TraceId(at), "", [])],
            });
        }

        var exemplars = _store.Values(Query("duration", seconds: 30, steps: 3))!.Exemplars;
        Assert.Equal([Make.TraceId(1), Make.TraceId(10), Make.TraceId(20), Make.TraceId(30)], exemplars.Select(e => e.TraceId));
    }

    [Fact]
    public void Exemplars_are_bounded_and_lead_to_their_traces()
    {
        for (var i = 1; i <= 300; i++)
        {
            Add(Info("duration", InstrumentKind.Histogram), isDelta: false, Point(i, [i, 0, 0, 0]) with
            {
                Exemplars = [new(0.5, Make.Noon.AddSeconds(i), Make.TraceId(i), "000000000000000a", [new("outcome", "ok")])],
            });
        }

        var exemplars = _store.Values(Query("duration", seconds: 300, steps: 10))!.Exemplars;
        Assert.Equal(100, exemplars.Count);
        Assert.Equal(Make.TraceId(300), exemplars[^1].TraceId);
    }

    [Fact]
    public void Equal_points_in_a_row_are_one_and_the_oldest_points_go_first()
    {
        for (var at = 0; at < 500; at++)
        {
            Gauge(at, 7, "still");
            Gauge(at, at, "moves");
        }

        var counters = _store.Counters;
        Assert.Equal((1_000L, 100, 401L), (counters.Received, counters.Stored, counters.Dropped));
        var query = Query("lag", seconds: 500, steps: 500) with { GroupBy = "outcome" };
        var lines = _store.Values(query)!.Lines;
        Assert.Equal(499, lines.Single(l => l.Label == "moves").Values[498]);
        Assert.All(lines.Single(l => l.Label == "still").Values, v => Assert.Equal(7, v)); // It is still heard of, so it is not old.
    }

    [Fact]
    public void Instruments_and_series_are_bounded_and_silent_ones_give_way()
    {
        for (var i = 0; i < 20; i++)
        {
            Gauge(0, 1, $"series{i}");
            Add(Info($"instrument{i}", InstrumentKind.Gauge), isDelta: false, new PointUpdate { Dimensions = [], At = Make.Noon, Value = 1 });
        }

        Assert.Equal(5, _store.Instruments().Count);
        Assert.Equal(10, _store.Dimensions(Info("lag", InstrumentKind.Gauge))[0].Values.Count);
        Assert.Equal(10 + 16, _store.Counters.Refused);

        _time.Advance(TimeSpan.FromMinutes(6));
        Gauge(360, 1, "later");
        Assert.Equal(["later"], _store.Dimensions(Info("lag", InstrumentKind.Gauge))[0].Values);
        Assert.Equal(["lag"], _store.Instruments().Select(i => i.Name));
    }

    [Fact]
    public void A_point_that_comes_twice_counts_once()
    {
        Counter(0, 0);
        Counter(10, 10);
        Counter(10, 10);
        Counter(5, 7);
        Assert.Equal([1], Line(_store.Rate(Query("writes", seconds: 10, steps: 1))));
        Assert.Equal(2, _store.Counters.Refused);
    }

    [Fact]
    public void A_resource_that_gives_way_takes_its_metrics_with_it()
    {
        var limits = new StoreLimits { ResourcesMax = 1 };
        var resources = new TelemetryResources(limits, _time);
        var store = new MetricStore(limits, resources, _time);
        var info = Info("lag", InstrumentKind.Gauge) with { Resource = resources.Get("a", "", []) };
        store.Add([new(info, false, [new() { Dimensions = [], At = Make.Noon, Value = 1 }])]);
        Assert.Single(store.Instruments());

        resources.Get("b", "", []);
        Assert.Empty(store.Instruments());
        Assert.Equal(0, store.Counters.Stored);
    }

    private static InstrumentInfo Info(string name, InstrumentKind kind) => new(Make.Leader, "KvStore.Node", name, "", "", kind);

    private static MetricQuery Query(string name, int seconds, int steps) => new()
    {
        Resource = Make.Leader,
        Meter = "KvStore.Node",
        Name = name,
        Window = TimeSpan.FromSeconds(seconds),
        Steps = steps,
        Until = Make.Noon.AddSeconds(seconds),
    };

    private static PointUpdate Point(int atSeconds, long[] buckets, DateTimeOffset? start = null) => new()
    {
        Dimensions = [],
        Start = start ?? Make.Noon.AddHours(-1),
        At = Make.Noon.AddSeconds(atSeconds),
        Bounds = Bounds,
        Buckets = buckets,
    };

    private static double?[] Line(MetricChart? chart) =>
        [.. Assert.Single(chart!.Lines).Values.Select(v => v is { } value ? Math.Round(value, 9) : (double?)null)];

    private void Counter(int atSeconds, double value, DateTimeOffset? start = null, string dimension = "ok") =>
        Number("writes", InstrumentKind.Counter, atSeconds, value, start, dimension);

    private void Gauge(int atSeconds, double value, string dimension) => Number("lag", InstrumentKind.Gauge, atSeconds, value, null, dimension);

    private void Number(string name, InstrumentKind kind, int atSeconds, double value, DateTimeOffset? start, string dimension) =>
        Add(Info(name, kind), isDelta: false, new PointUpdate
        {
            Dimensions = [new("outcome", dimension)],
            Start = start ?? Make.Noon.AddHours(-1),
            At = Make.Noon.AddSeconds(atSeconds),
            Value = value,
        });

    private void Histogram(int atSeconds, long[] buckets, DateTimeOffset? start = null) =>
        Add(Info("duration", InstrumentKind.Histogram), isDelta: false, Point(atSeconds, buckets, start));

    private void Add(InstrumentInfo info, bool isDelta, params PointUpdate[] points) => _store.Add([new(info, isDelta, points)]);
}

using KvStore.Analysis.Bench;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Report;

namespace KvStore.Tests.Analysis.Bench;

public class RatioTests
{
    private static readonly Contender Ours = new("ours", new(ContenderNames.KvStore, 5, 3), new Workload());
    private static readonly Contender Theirs = new("theirs", new(ContenderNames.Redis, 5, 3), new Workload());

    [Fact]
    public void A_ratio_is_taken_round_by_round_and_has_its_spread()
    {
        var ratio = Assert.Single(Ratios(Measure.OperationsPerSecond, (1, 100, 200), (2, 300, 200), (3, 90, 100), (4, 100, 50)));
        Assert.Equal((1.2, 0.5, 2.0, 4), (Math.Round(ratio.Median, 10), ratio.Min, ratio.Max, ratio.Rounds));
        Assert.Equal(("ours", "theirs"), (ratio.Of, ratio.To));
    }

    [Fact]
    public void The_median_of_an_odd_number_of_rounds_is_the_one_in_the_middle() =>
        Assert.Equal(1.5, Assert.Single(Ratios(Measure.OperationsPerSecond, (1, 100, 200), (2, 300, 200), (3, 300, 100))).Median);

    [Fact]
    public void A_round_that_one_of_them_has_not_had_is_left_out()
    {
        var scenario = new Scenario("s", Measure.OperationsPerSecond, [Ours, Theirs]);
        Assert.Equal(2, Assert.Single(Ratio.From(scenario, [Of(Ours, 1, 20), Of(Theirs, 1, 10), Of(Ours, 2, 99)])).Median);
        Assert.Empty(Ratio.From(scenario, [Of(Ours, 1, 20)]));
    }

    [Fact]
    public void A_round_in_which_nothing_succeeded_is_left_out() =>
        Assert.Equal(1, Assert.Single(Ratios(Measure.OperationsPerSecond, (1, 100, 100), (2, 100, 0))).Rounds);

    [Fact]
    public void Of_latency_and_CPU_the_ratio_is_that_of_what_one_operation_takes()
    {
        Assert.Equal(0.5, Assert.Single(Ratios(Measure.MedianLatency, (1, 200, 100))).Median);
        Assert.Equal(0.5, Assert.Single(Ratios(Measure.CpuPerOperation, (1, 200, 100))).Median);
    }

    private static Ratio[] Ratios(Measure measure, params (int Round, double Ours, double Theirs)[] rounds) =>
        [.. Ratio.From(new("s", measure, [Ours, Theirs]), [.. rounds.SelectMany(of => new[] { Of(Ours, of.Round, of.Ours), Of(Theirs, of.Round, of.Theirs) })])];

    // One that is twice as fast has half of the latency, and takes half of the CPU.
    private static Measurement Of(Contender contender, int round, double perSecond) => new()
    {
        Scenario = "s",
        Contender = contender.Name,
        Round = round,
        Connections = 50,
        Seconds = 1,
        Operations = (long)perSecond,
        Errors = 0,
        OperationsPerSecond = perSecond,
        LatencyMs = new(0, 0, 1000 / perSecond, 0, 0, 0, 0),
        Generator = new(0, 0),
        Servers = new(600 / perSecond, 400 / perSecond, 0, 0, 0),
    };
}

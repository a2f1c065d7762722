using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Components.ClusterParts;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>The curve that the simulated lag alone would make, and where the chart draws it.</summary>
public class LagTheoryTests
{
    [Theory]
    [InlineData(1, 5, 0, 1000)]
    [InlineData(3, 5, 0, 1000)]
    [InlineData(5, 5, 200, 300)]
    [InlineData(2, 3, 10, 10)]
    public void The_mean_is_that_of_many_draws(int quorum, int followers, int min, int max)
    {
        var random = new Random(7);
        var sum = 0.0;
        const int Draws = 200_000;
        for (var i = 0; i < Draws; i++)
        {
            sum += Enumerable.Range(0, followers).Select(_ => min + (random.NextDouble() * (max - min))).Order().ElementAt(quorum - 1);
        }

        Assert.Equal(sum / Draws / 1000, LagTheory.MeanSeconds(quorum, followers, min, max), tolerance: 0.002);
    }

    [Fact]
    public void The_chart_has_room_for_everything_and_lines_at_round_numbers()
    {
        var summary = new LatencySummary(3, 10, 0.7, 0.6, 0.6, 1.13, 1.4);
        var chart = new QuorumChartModel(new(default, default, 0, 1000, 10, [summary]), followers: 5);

        Assert.Equal([1, 2, 3, 4, 5], chart.Points.Select(point => point.WriteQuorum));
        Assert.Equal(summary, chart.Points[2].Measured);
        Assert.True(chart.Ticks[^1] >= summary.P95);
        Assert.InRange(chart.Ticks.Count, 4, 8);
        Assert.Equal(QuorumChartModel.Height - QuorumChartModel.Bottom, chart.Y(0));
        Assert.Equal(QuorumChartModel.Top, chart.Y(chart.Ticks[^1]), precision: 6);
        Assert.True(chart.Y(summary.Mean) > chart.Y(summary.P95));
    }

    [Fact]
    public void Without_lag_and_without_writes_there_is_still_a_chart()
    {
        var chart = new QuorumChartModel(new(default, default, 0, 0, 0, []), followers: 5);

        Assert.All(chart.Points, point => Assert.True(double.IsFinite(chart.Y(point.TheorySeconds))));
        Assert.True(chart.Ticks.Count > 1);
    }
}

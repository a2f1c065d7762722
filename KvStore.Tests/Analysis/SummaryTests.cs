using KvStore.Analysis.Statistics;

namespace KvStore.Tests.Analysis;

/// <summary>Statistics of samples whose statistics are known.</summary>
public class SummaryTests
{
    [Fact]
    public void Percentiles_of_one_to_a_hundred_are_the_ranks_themselves()
    {
        var random = new Random(3);
        var summary = Summary.Of(Enumerable.Range(1, 100).Select(value => (double)value).OrderBy(_ => random.Next()))!;

        Assert.Equal((100, 50.5, 50, 95, 99, 1, 100), (summary.Count, summary.Mean, summary.Median, summary.P95, summary.P99, summary.Min, summary.Max));
    }

    [Fact]
    public void The_standard_error_is_the_deviation_over_the_root_of_the_count()
    {
        var summary = Summary.Of([2, 4, 4, 4, 5, 5, 7, 9])!;

        Assert.Equal(Math.Sqrt(32.0 / 7), summary.StandardDeviation!.Value, 12);
        Assert.Equal(Math.Sqrt(32.0 / 7 / 8), summary.StandardError!.Value, 12);
    }

    [Fact]
    public void A_single_value_has_no_deviation_and_no_value_no_summary()
    {
        Assert.Null(Summary.Of([7])!.StandardError);
        Assert.Equal(7, Summary.Of([7])!.P99);
        Assert.Null(Summary.Of([]));
    }

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.25, 1)]
    [InlineData(0.26, 2)]
    [InlineData(0.75, 3)]
    [InlineData(1, 4)]
    public void A_percentile_is_the_smallest_value_that_the_share_does_not_exceed(double share, double expected) =>
        Assert.Equal(expected, Summary.Percentile([1, 2, 3, 4], share));
}

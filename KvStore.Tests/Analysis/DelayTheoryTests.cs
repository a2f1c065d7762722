using KvStore.Analysis.Statistics;

namespace KvStore.Tests.Analysis;

/// <summary>The formulas of the theory, against many draws.</summary>
public class DelayTheoryTests
{
    private const int Draws = 100_000;

    [Theory]
    [InlineData(1, 5, 0, 1000)]
    [InlineData(3, 5, 0, 1000)]
    [InlineData(5, 5, 0, 1000)]
    [InlineData(2, 3, 200, 300)]
    [InlineData(1, 1, 50, 150)]
    public void Mean_and_percentiles_are_those_of_many_draws(int quorum, int followers, int min, int max)
    {
        var random = new Random(20);
        double[] sorted =
        [
            .. Enumerable.Range(0, Draws)
                .Select(_ => Enumerable.Range(0, followers).Select(_ => min + (random.NextDouble() * (max - min))).Order().ElementAt(quorum - 1))
                .Order(),
        ];
        var theory = new DelayTheory(followers, min, max);
        var tolerance = (max - min) * 0.006; // More than six standard errors of the mean.

        Assert.Equal(sorted.Average(), theory.MeanMs(quorum), tolerance);
        Assert.Equal(Summary.Percentile(sorted, 0.5), theory.PercentileMs(quorum, 0.5), tolerance);
        Assert.Equal(Summary.Percentile(sorted, 0.95), theory.PercentileMs(quorum, 0.95), tolerance);
    }

    [Fact]
    public void Without_any_spread_every_write_waits_for_the_one_delay()
    {
        var theory = new DelayTheory(5, 30, 30);

        Assert.Equal(30, theory.MeanMs(4));
        Assert.Equal(30, theory.PercentileMs(4, 0.95));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void There_is_no_quorum_beyond_the_followers(int quorum) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DelayTheory(5, 0, 1000).MeanMs(quorum));
}

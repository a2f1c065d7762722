using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

public sealed class HistogramPercentileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_percentile_is_within_the_bucket_of_the_exact_one(int seed)
    {
        var random = new Random(seed);
        double[] bounds = [0.5, 1, 2.5, 5, 10, 25, 50, 100];
        for (var round = 0; round < 200; round++)
        {
            var values = Enumerable.Range(0, random.Next(1, 400)).Select(_ => random.NextDouble() * Math.Pow(10, random.Next(-1, 3))).Order().ToArray();
            var counts = new double[bounds.Length + 1];
            foreach (var value in values)
            {
                counts[BucketOf(bounds, value)]++;
            }

            foreach (var share in new[] { 0.01, 0.5, 0.9, 0.99, 1 })
            {
                var exact = values[Math.Max(0, (int)Math.Ceiling(share * values.Length) - 1)];
                var bucket = BucketOf(bounds, exact);
                var found = HistogramPercentile.Of(bounds, counts, share)!.Value;
                var (low, high) = (bucket == 0 ? 0 : bounds[bucket - 1], bounds[Math.Min(bucket, bounds.Length - 1)]);
                Assert.True(found >= low - 1e-9 && found <= high + 1e-9, $"seed {seed}, round {round}, {share}: {found} for {exact}, not in [{low}, {high}]");
            }
        }
    }

    [Fact]
    public void Within_a_bucket_it_is_interpolated()
    {
        Assert.Equal(15, HistogramPercentile.Of([10, 20], [0, 100, 0], 0.5)!.Value, 9);
        Assert.Equal(9, HistogramPercentile.Of([10, 20], [100, 0, 0], 0.9)!.Value, 9);
        Assert.Equal(20, HistogramPercentile.Of([10, 20], [0, 0, 100], 0.9)!.Value, 9);
        Assert.Null(HistogramPercentile.Of([10, 20], [0, 0, 0], 0.5));
        Assert.Null(HistogramPercentile.Of([], [5], 0.5));
    }

    private static int BucketOf(double[] bounds, double value)
    {
        var index = Array.FindIndex(bounds, b => value <= b);
        return index < 0 ? bounds.Length : index;
    }
}

using KvStore.Node.Telemetry;

namespace KvStore.Tests.Statistics;

public sealed class LatencyHistogramTests
{
    private const double ErrorMax = 0.1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_percentile_read_off_the_buckets_is_right_to_a_tenth_from_100_microseconds_to_10_seconds(int seed)
    {
        var random = new Random(seed);
        var histogram = new LatencyHistogram();
        var latencies = Enumerable.Range(0, 5_000).Select(_ => TimeSpan.FromSeconds(Math.Pow(10, -4 + (5 * random.NextDouble())))).Order().ToList();
        latencies.ForEach(histogram.Add);

        foreach (var share in new[] { 0.001, 0.5, 0.95, 0.99, 0.999 })
        {
            var exact = latencies[(int)Math.Ceiling(share * latencies.Count) - 1].TotalSeconds;
            Assert.InRange(Percentile(histogram, share), exact * (1 - ErrorMax), exact * (1 + ErrorMax));
        }
    }

    [Fact]
    public void Every_latency_lies_below_the_bound_of_its_bucket_and_not_below_the_bound_of_the_one_before()
    {
        for (var microseconds = 0L; microseconds < 200_000; microseconds = Math.Max(microseconds + 1, microseconds * 101 / 100))
        {
            var (one, next) = (new LatencyHistogram(), new LatencyHistogram());
            one.Add(TimeSpan.FromMicroseconds(microseconds));
            var bound = Assert.Single(one.Buckets()).UpTo;
            next.Add(bound);

            Assert.True(TimeSpan.FromMicroseconds(microseconds) < bound, $"{microseconds} µs counts below {bound.TotalMicroseconds} µs.");
            Assert.True(Assert.Single(next.Buckets()).UpTo > bound, $"The bound {bound.TotalMicroseconds} µs is not in the next bucket.");
            Assert.True(bound.TotalMicroseconds <= Math.Max(microseconds + 1, microseconds * 17.0 / 16), $"The bucket of {microseconds} µs ends at {bound.TotalMicroseconds} µs.");
        }
    }

    [Fact]
    public void Count_and_sum_are_exact_and_empty_buckets_are_left_out()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromMilliseconds(1));
        histogram.Add(TimeSpan.FromMilliseconds(1));
        histogram.Add(TimeSpan.FromSeconds(2));

        Assert.Equal((3, TimeSpan.FromMilliseconds(2_002)), (histogram.Count, histogram.Sum));
        Assert.Equal([2L, 1L], histogram.Buckets().Select(bucket => bucket.Count));
    }

    [Fact]
    public void What_is_out_of_range_counts_at_its_end()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromSeconds(-1));
        histogram.Add(TimeSpan.Zero);
        histogram.Add(TimeSpan.FromHours(1));

        Assert.Equal([2L, 1L], histogram.Buckets().Select(bucket => bucket.Count));
    }

    // As a reader does: half-way between a bucket's bounds.
    private static double Percentile(LatencyHistogram histogram, double share)
    {
        var rank = (long)Math.Ceiling(share * histogram.Count);
        foreach (var bucket in histogram.Buckets())
        {
            rank -= bucket.Count;
            if (rank <= 0)
            {
                return bucket.UpTo.TotalSeconds / (1 + (1.0 / 32));
            }
        }

        throw new InvalidOperationException("The buckets hold fewer than were counted.");
    }
}

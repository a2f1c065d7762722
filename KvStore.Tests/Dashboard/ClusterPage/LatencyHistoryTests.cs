using KvStore.Dashboard.Cluster;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>What happened in a stretch of time is worked out from counters that only grow.</summary>
public class LatencyHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LatencyHistory _history = new();

    [Fact]
    public void Nothing_is_known_before_the_first_reading()
    {
        Assert.Equal(LatencyWindow.Empty, _history.Over(TimeSpan.FromMinutes(1)));
        Assert.Null(LatencyWindow.Empty.WritesPerSecond);
    }

    [Fact]
    public void A_stretch_counts_what_came_in_it_and_nothing_before()
    {
        Read(0, writes: 100, Counter(3, 100, sum: 50, (0.5, 100)));
        Read(10, writes: 110, Counter(3, 110, sum: 52, (0.2, 10), (0.5, 100)));
        Read(20, writes: 130, Counter(3, 130, sum: 60, (0.2, 10), (0.4, 20), (0.5, 100)));

        var last = _history.Over(TimeSpan.FromSeconds(10));
        var summary = Assert.Single(last.ByQuorum);
        Assert.Equal((3, 20L, 0.4), (summary.WriteQuorum, summary.Count, summary.Mean));
        Assert.Equal((0.4, 0.4, 0.4), (summary.P50, summary.P95, summary.P99));
        Assert.Equal(2, last.WritesPerSecond);

        var all = Assert.Single(_history.Over(LatencyHistory.Reach).ByQuorum);
        Assert.Equal((30L, 10.0 / 30), (all.Count, all.Mean));
        Assert.Equal((0.4, 0.4), (all.P50, all.P99));
    }

    [Fact]
    public void Percentiles_are_the_upper_bounds_of_their_buckets()
    {
        Read(0, writes: 0);
        Read(5, writes: 100, Counter(1, 100, sum: 10, (0.01, 50), (0.1, 45), (1, 4), (10, 1)));

        var summary = Assert.Single(_history.Over(TimeSpan.FromSeconds(10)).ByQuorum);
        Assert.Equal((0.01, 0.1, 1.0), (summary.P50, summary.P95, summary.P99));
    }

    [Fact]
    public void Each_write_quorum_has_its_own_summary_and_one_without_writes_has_none()
    {
        Read(0, writes: 5, Counter(2, 5, sum: 1, (0.2, 5)));
        Read(5, writes: 9, Counter(2, 5, sum: 1, (0.2, 5)), Counter(4, 4, sum: 2, (0.5, 4)));

        Assert.Equal(4, Assert.Single(_history.Over(TimeSpan.FromMinutes(1)).ByQuorum).WriteQuorum);
    }

    [Fact]
    public void A_new_leader_process_begins_a_new_story()
    {
        Read(0, writes: 1_000, Counter(3, 1_000, sum: 500, (0.5, 1_000)));
        Read(1, epoch: 2, writes: 0);
        Read(6, epoch: 2, writes: 2, Counter(3, 2, sum: 1, (0.5, 2)));

        var window = _history.Over(LatencyHistory.Reach);
        Assert.Equal((2, Start.AddSeconds(1)), (window.Writes, window.From));
    }

    [Fact]
    public void A_change_of_the_simulated_lag_begins_a_new_story()
    {
        Read(0, writes: 1_000, Counter(3, 1_000, sum: 500, (0.5, 1_000)));
        Read(1, writes: 1_000, maxDelayMs: 10, Counter(3, 1_000, sum: 500, (0.5, 1_000)));
        Read(2, writes: 1_001, maxDelayMs: 10, Counter(3, 1_001, sum: 500.004, (0.004, 1), (0.5, 1_000)));

        var window = _history.Over(LatencyHistory.Reach);
        Assert.Equal((1, 10), (window.Writes, window.MaxDelayMs));
        Assert.Equal(0.004, Assert.Single(window.ByQuorum).P50);
    }

    [Fact]
    public void It_reaches_five_minutes_back_however_long_it_runs_and_however_often_it_is_told()
    {
        for (var tenth = 0; tenth <= 20 * 600; tenth++)
        {
            Read(tenth / 10.0, writes: tenth);
        }

        var window = _history.Over(TimeSpan.FromDays(1));
        Assert.InRange(window.To - window.From, LatencyHistory.Reach, LatencyHistory.Reach + TimeSpan.FromSeconds(2));
        Assert.Equal(10, window.WritesPerSecond!.Value, precision: 6);
    }

    private void Read(double second, long writes, params LatencyCounter[] counters) => Read(second, writes, 1000, counters);

    private void Read(double second, long writes, int maxDelayMs, params LatencyCounter[] counters) => Add(second, 1, writes, maxDelayMs, counters);

    private void Read(double second, long epoch, long writes, params LatencyCounter[] counters) => Add(second, epoch, writes, 1000, counters);

    private void Add(double second, long epoch, long writes, int maxDelayMs, LatencyCounter[] counters) =>
        _history.Add(Start.AddSeconds(second), epoch, new(writes, 0, 0, maxDelayMs, 3, Last: null, counters, []));

    private static LatencyCounter Counter(int quorum, long count, double sum, params (double UpTo, long Count)[] buckets) =>
        new(quorum, count, sum, 0, [.. buckets.Select(bucket => new LatencyBucket(bucket.UpTo, bucket.Count))]);
}

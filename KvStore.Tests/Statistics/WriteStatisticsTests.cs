using KvStore.Node.Replication.Leader;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Statistics;

public sealed class WriteStatisticsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly WriteStatistics _statistics;

    public WriteStatisticsTests() => _statistics = new WriteStatistics(TestWrites.Lanes, _time);

    [Fact]
    public void Before_the_first_write_there_is_nothing()
    {
        var reading = _statistics.Read();

        Assert.Equal((0, 0, null), (reading.Writes, reading.Sampled, reading.Last));
        Assert.Empty(reading.ByQuorum);
        Assert.Empty(reading.Slowest);
    }

    [Fact]
    public void The_newest_write_is_the_one_with_the_highest_LSN_whichever_is_answered_last()
    {
        foreach (var lsn in (long[])[6, 8, 7])
        {
            var write = TestWrites.Write(_time, lsn);
            _statistics.Answered(write, TestWrites.Success(write), TimeSpan.FromMilliseconds(2));
        }

        Assert.Equal(8, _statistics.Read().Last!.Value.Lsn);
    }

    [Fact]
    public void One_whose_number_may_be_told_to_nobody_is_counted_and_not_named()
    {
        var write = TestWrites.Write(_time, lsn: 3);

        Assert.Null(_statistics.Answered(write, new WriteOutcome.Unknown(null, 0, "the leader's own commit failed"), TimeSpan.FromSeconds(1)));

        Assert.Equal((1, 0), (_statistics.Read().Writes, _statistics.Read().Slowest.Count));
    }

    [Fact]
    public void Writes_of_every_thread_are_counted_by_their_quorum()
    {
        const int Threads = 8;
        const int WritesPerThread = 5_000;

        Parallel.For(0, Threads, thread =>
        {
            for (var i = 0; i < WritesPerThread; i++)
            {
                var write = TestWrites.Write(_time, (thread * WritesPerThread) + i + 1, writeQuorum: 1 + (i % 2));
                write.WthSmallestLag = TimeSpan.FromMilliseconds(1);
                _statistics.Answered(write, TestWrites.Success(write), TimeSpan.FromMilliseconds(2));
            }
        });

        var reading = _statistics.Read();
        const int Each = Threads * WritesPerThread / 2;
        Assert.Equal(2 * Each, reading.Writes);
        Assert.Equal([1, 2], reading.ByQuorum.Select(latency => latency.WriteQuorum));
        Assert.All(reading.ByQuorum, latency =>
        {
            Assert.Equal((Each, TimeSpan.FromMilliseconds(2 * Each), TimeSpan.FromMilliseconds(Each)), (latency.Count, latency.Sum, latency.LagSum));
            Assert.Equal(Each, latency.Buckets.Sum(bucket => bucket.Count));
        });
        Assert.Equal(SlowestWrites.WritesPerWindow, reading.Slowest.Count);
    }

    [Fact]
    public void An_unknown_write_counts_and_may_be_among_the_slowest_but_is_no_success()
    {
        var write = TestWrites.Write(_time, 7);
        write.Confirmations[1] = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(5));

        var slow = _statistics.Answered(write, new WriteOutcome.Unknown(7, 1, "the write timeout passed"), TimeSpan.FromSeconds(5));

        var reading = _statistics.Read();
        Assert.Same(slow, Assert.Single(reading.Slowest));
        Assert.Equal((1, null), (reading.Writes, reading.Last));
        Assert.Empty(reading.ByQuorum);
        Assert.False(slow!.IsSuccess);
        Assert.Null(slow.QuorumLane);
        Assert.Equal([null, TimeSpan.Zero, null, null, null], Enumerable.Range(0, 5).Select(slow.ConfirmedAfter));
    }

    [Fact]
    public void Rejected_and_repeated_writes_do_not_count()
    {
        var (rejected, repeated) = (TestWrites.Write(_time, 0), TestWrites.Write(_time, 3));
        repeated.Repeats(writeQuorum: 2, epoch: 1);

        Assert.Null(_statistics.Answered(rejected, new WriteOutcome.Rejected("full"), TimeSpan.FromSeconds(1)));
        Assert.Null(_statistics.Answered(repeated, TestWrites.Success(repeated), TimeSpan.FromSeconds(1)));

        Assert.Equal(0, _statistics.Read().Writes);
    }

    [Fact]
    public void A_write_that_is_not_among_the_slowest_costs_no_memory()
    {
        var (fast, done) = (TestWrites.Write(_time, 1), (WriteOutcome)new WriteOutcome.Replicated(1, 3));
        for (var i = 0; i < SlowestWrites.WritesPerWindow; i++)
        {
            _statistics.Answered(fast, done, TimeSpan.FromSeconds(1));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _statistics.Answered(fast, done, TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void The_last_write_names_who_confirmed_it_in_order_and_the_one_waited_for_last()
    {
        var write = TestWrites.Write(_time, 9);
        foreach (var lane in new[] { 4, 0 })
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            write.Confirmations[lane] = _time.GetTimestamp();
        }

        // In the same instant as the one before.
        write.Confirmations[3] = _time.GetTimestamp();
        write.QuorumLane = 0;
        _statistics.Answered(write, TestWrites.Success(write), TimeSpan.FromMilliseconds(25));

        var last = _statistics.Read().Last!.Value;
        Assert.Equal((9, 3, TimeSpan.FromMilliseconds(25)), (last.Lsn, last.WriteQuorum, last.Latency));
        Assert.Equal(
            [(4, TimeSpan.FromMilliseconds(10)), (3, TimeSpan.FromMilliseconds(20)), (0, TimeSpan.FromMilliseconds(20))], _statistics.ConfirmedBy(last));
    }

    [Fact]
    public void Confirmation_times_are_kept_for_any_number_of_followers()
    {
        var times = new ConfirmationTimes();
        Assert.Null(times[0]);
        Assert.Null(times[11]);

        times[0] = 0;
        times[7] = 5;
        times[11] = 6;
        Assert.Equal([0, 5, null, 6], new[] { times[0], times[7], times[10], times[11] });

        times[11] = null;
        Assert.Null(times[11]);
    }
}

using KvStore.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.ServiceDefaults;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Lets_no_more_through_than_the_rate_over_any_length_of_time()
    {
        var bucket = new TokenBucket(50, _time);
        var taken = 0;
        for (var i = 0; i < 10_000; i++)
        {
            taken += Taken(bucket);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(taken, 500, 505); // 10 s at 50/s, and the burst of 5 that the bucket held at first.
    }

    [Fact]
    public void Saves_up_no_more_than_a_tenth_of_a_second()
    {
        var bucket = new TokenBucket(50, _time);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(5, Enumerable.Range(0, 100).Sum(_ => Taken(bucket)));
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(1, Enumerable.Range(0, 100).Sum(_ => Taken(bucket)));
    }

    [Fact]
    public void Lets_the_first_through_even_at_a_rate_below_one_a_second()
    {
        var bucket = new TokenBucket(0.1, _time);

        Assert.Equal(1, Enumerable.Range(0, 9).Sum(_ => Taken(bucket)));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, Taken(bucket));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, Taken(bucket));
    }

    [Fact]
    public void Hands_out_no_token_twice_to_threads_that_ask_at_once()
    {
        var bucket = new TokenBucket(10_000, _time);
        var taken = 0;

        Parallel.For(0, 100_000, _ => Interlocked.Add(ref taken, Taken(bucket)));

        Assert.Equal(1_000, taken);
    }

    [Fact]
    public void Allocates_nothing()
    {
        var bucket = new TokenBucket(50, _time);
        Taken(bucket);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Taken(bucket);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Refuses_a_rate_that_is_not_positive(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(rate, _time));

    private static int Taken(TokenBucket bucket) => bucket.TryTake() ? 1 : 0;
}

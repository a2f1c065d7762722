using System.Diagnostics;
using KvStore.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Trace;

namespace KvStore.Tests.ServiceDefaults;

public sealed class RateLimitedSamplerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Samples_no_more_than_the_rate_over_any_length_of_time()
    {
        var sampler = new RateLimitedSampler(50, _time);
        var sampled = 0;
        for (var i = 0; i < 10_000; i++)
        {
            sampled += Sampled(sampler);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(sampled, 500, 505); // 10 s at 50/s, and the burst of 5 that the bucket held at first.
    }

    [Fact]
    public void Saves_up_no_more_than_a_tenth_of_a_second()
    {
        var sampler = new RateLimitedSampler(50, _time);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(5, Enumerable.Range(0, 100).Sum(_ => Sampled(sampler)));
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(1, Enumerable.Range(0, 100).Sum(_ => Sampled(sampler)));
    }

    [Fact]
    public void Samples_the_first_trace_even_at_a_rate_below_one_a_second()
    {
        var sampler = new RateLimitedSampler(0.1, _time);

        Assert.Equal(1, Enumerable.Range(0, 9).Sum(_ => Sampled(sampler)));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, Sampled(sampler));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, Sampled(sampler));
    }

    [Fact]
    public void Hands_out_no_token_twice_to_threads_that_ask_at_once()
    {
        var sampler = new RateLimitedSampler(10_000, _time);
        var sampled = 0;

        Parallel.For(0, 100_000, _ => Interlocked.Add(ref sampled, Sampled(sampler)));

        Assert.Equal(1_000, sampled);
    }

    [Fact]
    public void Allocates_nothing()
    {
        var sampler = new RateLimitedSampler(50, _time);
        Sampled(sampler);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Sampled(sampler);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Refuses_a_rate_that_is_not_positive(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RateLimitedSampler(rate, _time));

    private static int Sampled(RateLimitedSampler sampler)
    {
        var parameters = new SamplingParameters(default, default, "GET /", ActivityKind.Server, tags: null, links: null);
        return sampler.ShouldSample(parameters).Decision == SamplingDecision.RecordAndSample ? 1 : 0;
    }
}

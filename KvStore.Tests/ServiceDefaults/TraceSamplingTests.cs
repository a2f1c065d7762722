using System.Diagnostics;
using KvStore.ServiceDefaults.Configuration;
using KvStore.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Trace;

namespace KvStore.Tests.ServiceDefaults;

public sealed class TraceSamplingTests
{
    private const string SamplerVariable = "OTEL_TRACES_SAMPLER";
    private const string ArgVariable = "OTEL_TRACES_SAMPLER_ARG";

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(null, null, 50)]
    [InlineData("", "", 50)]
    [InlineData("always_on", null, 50)]
    [InlineData("parentbased_always_on", "20", 20)]
    [InlineData(null, "200", 200)]
    [InlineData(null, "0", 0)]
    [InlineData("always_off", null, 0)]
    [InlineData("parentbased_always_off", "50", 0)]
    [InlineData("parentbased_traceidratio", "1", 1_000)]
    [InlineData("TraceIdRatio", null, 1_000)]
    [InlineData("traceidratio", "0", 0)]
    public void Roots_are_sampled_as_the_variables_say(string? name, string? argument, int expectedInASecond)
    {
        var sampling = Read(name, argument);
        EmptyBucket(sampling);

        var sampled = 0;
        for (var ms = 0; ms < 1_000; ms++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            sampled += Sampled(sampling) ? 1 : 0;
        }

        Assert.Equal(expectedInASecond, sampled);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("always_on")]
    public void What_has_a_parent_is_sampled_as_its_parent(string? name)
    {
        var sampling = Read(name, "1");
        EmptyBucket(sampling);

        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(Sampled(sampling, Parent(ActivityTraceFlags.Recorded))));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(Sampled(sampling, Parent(ActivityTraceFlags.None)));
        Assert.True(Sampled(sampling));
    }

    [Theory]
    [InlineData(null, "many", "a number from 0 to 1000000: traces per second, 0 for none")]
    [InlineData(null, "-1", "a number from 0 to 1000000")]
    [InlineData(null, "NaN", "a number from 0 to 1000000")]
    [InlineData("traceidratio", "1.5", "a number from 0 to 1: the share of traces to sample")]
    public void A_refused_argument_is_named_with_its_value_and_what_is_allowed(string? name, string argument, string allowed)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(name, argument));

        Assert.Contains($"{ArgVariable} is '{argument}', allowed is {allowed}", error.Message);
    }

    [Fact]
    public void An_unknown_sampler_is_refused_with_the_known_ones()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read("jaeger_remote", null));

        Assert.Contains($"{SamplerVariable} is 'jaeger_remote', allowed is one of always_on, always_off, traceidratio", error.Message);
    }

    [Theory]
    [InlineData("/replicate")]
    [InlineData("/health")]
    public void An_untraced_request_takes_no_token_from_the_others(string path)
    {
        var sampling = Read(null, "1");

        Assert.False(Traced(sampling, path));
        Assert.False(Traced(sampling, path, Parent(ActivityTraceFlags.Recorded)));
        Assert.True(Traced(sampling, "/keys"));
        Assert.False(Traced(sampling, "/keys"));
        Assert.True(Traced(sampling, "/keys", Parent(ActivityTraceFlags.Recorded)));
    }

    [Fact]
    public void Requests_and_other_operations_share_one_limit()
    {
        var sampling = Read(null, "1");

        Assert.True(Traced(sampling, "/keys"));
        Assert.False(Sampled(sampling));
    }

    [Fact]
    public void A_background_call_starts_no_trace_but_belongs_to_one_that_runs()
    {
        var sampling = Read(null, null);
        const string httpClient = "System.Net.Http.HttpRequestOut";

        Assert.False(Sampled(sampling, default, httpClient));
        Assert.True(Sampled(sampling, Parent(ActivityTraceFlags.Recorded), httpClient));
        Assert.True(Sampled(sampling));
    }

    private static void EmptyBucket(TraceSampling sampling)
    {
        for (var i = 0; i < 2_000; i++)
        {
            Sampled(sampling);
        }
    }

    private static ActivityContext Parent(ActivityTraceFlags flags) =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, isRemote: true);

    private static bool Sampled(TraceSampling sampling, ActivityContext parent = default, string name = "write") =>
        sampling.Sampler.ShouldSample(new(parent, ActivityTraceId.CreateRandom(), name, ActivityKind.Internal)).Decision == SamplingDecision.RecordAndSample;

    // As a request goes: the sampler first, and then the filter while the request's activity is current.
    private static bool Traced(TraceSampling sampling, string path, ActivityContext parent = default)
    {
        const string incoming = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
        using var activity = new Activity(incoming);
        if (parent.TraceId != default)
        {
            activity.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
        }

        activity.Start();
        return Sampled(sampling, parent, incoming) && sampling.RequestFilter(new DefaultHttpContext { Request = { Path = path } });
    }

    private TraceSampling Read(string? name, string? argument)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(SamplerVariable, name), new(ArgVariable, argument)])
            .Build();
        var variables = new Variables(configuration);
        var sampling = TraceSampling.Read(variables, _time);
        variables.ThrowIfInvalid();
        return sampling;
    }
}

using System.Diagnostics;
using KvStore.ServiceDefaults.Configuration;
using KvStore.ServiceDefaults.Telemetry;
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
        var sampler = Read(name, argument);
        EmptyBucket(sampler);

        var sampled = 0;
        for (var ms = 0; ms < 1_000; ms++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            sampled += Sampled(sampler) ? 1 : 0;
        }

        Assert.Equal(expectedInASecond, sampled);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("always_on")]
    public void What_has_a_parent_is_sampled_as_its_parent(string? name)
    {
        var sampler = Read(name, "1");
        EmptyBucket(sampler);

        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(Sampled(sampler, Parent(ActivityTraceFlags.Recorded))));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(Sampled(sampler, Parent(ActivityTraceFlags.None)));
        Assert.True(Sampled(sampler));
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
        var sampler = Read(null, "1");
        KeyValuePair<string, object?>[] tags = [new("url.scheme", "http"), new("url.path", path)];

        Assert.False(Sampled(sampler, default, tags));
        Assert.False(Sampled(sampler, Parent(ActivityTraceFlags.Recorded), tags));
        Assert.True(Sampled(sampler));
    }

    [Fact]
    public void A_background_call_starts_no_trace_but_belongs_to_one_that_runs()
    {
        var sampler = Read(null, null);
        const string httpClient = "System.Net.Http.HttpRequestOut";

        Assert.False(Sampled(sampler, default, kind: ActivityKind.Client, name: httpClient));
        Assert.True(Sampled(sampler, Parent(ActivityTraceFlags.Recorded), kind: ActivityKind.Client, name: httpClient));
        Assert.True(Sampled(sampler, default, kind: ActivityKind.Client, name: "write"));
    }

    private static void EmptyBucket(Sampler sampler)
    {
        for (var i = 0; i < 2_000; i++)
        {
            Sampled(sampler);
        }
    }

    private static ActivityContext Parent(ActivityTraceFlags flags) =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, isRemote: true);

    private static bool Sampled(
        Sampler sampler,
        ActivityContext parent = default,
        KeyValuePair<string, object?>[]? tags = null,
        ActivityKind kind = ActivityKind.Server,
        string name = "GET") =>
        sampler.ShouldSample(new(parent, ActivityTraceId.CreateRandom(), name, kind, tags, links: null)).Decision == SamplingDecision.RecordAndSample;

    private Sampler Read(string? name, string? argument)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(SamplerVariable, name), new(ArgVariable, argument)])
            .Build();
        var variables = new Variables(configuration);
        var sampler = TraceSampling.Read(variables, _time);
        variables.ThrowIfInvalid();
        return sampler;
    }
}

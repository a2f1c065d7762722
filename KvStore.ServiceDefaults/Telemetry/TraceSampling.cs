using KvStore.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Which traces are recorded, by OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG.
/// <list type="table">
/// <listheader><term>sampler</term><description>what it does</description></listheader>
/// <item><term>unset, always_on, parentbased_always_on</term><description>roots at no more than ARG traces per second (50 when unset, 0 for none);
/// everything else as its parent</description></item>
/// <item><term>traceidratio, parentbased_traceidratio</term><description>as specified: the share ARG, from 0 to 1 (1 when unset)</description></item>
/// <item><term>always_off, parentbased_always_off</term><description>as specified</description></item>
/// </list>
/// </summary>
/// <remarks>
/// <c>always_on</c> keeps the limit because nobody needs to have asked for it: Aspire sets it for every service in Development. It is also
/// parent-based, because the decision on a write travels with it and every node must keep to it. Who wants every trace says
/// <c>parentbased_traceidratio</c>. A parent in another process is followed, a client's too: a client that marks each of its requests as
/// sampled gets each of them, for the limit is on the traces that start here.
/// </remarks>
/// <param name="Sampler">Decides on everything, except that it leaves requests that start a trace to the filter when there is a limit.</param>
/// <param name="RequestFilter">Decides on a request that the sampler has let pass.</param>
internal sealed record TraceSampling(Sampler Sampler, Func<HttpContext, bool> RequestFilter)
{
    private const double DefaultTracesPerSecond = 50;
    private const double MaxTracesPerSecond = 1_000_000;

    private static readonly Dictionary<string, Kind> Kinds = new()
    {
        ["always_on"] = Kind.RateLimited,
        ["always_off"] = Kind.Off,
        ["traceidratio"] = Kind.Ratio,
        ["parentbased_always_on"] = Kind.RateLimited,
        ["parentbased_always_off"] = Kind.ParentOff,
        ["parentbased_traceidratio"] = Kind.ParentRatio,
    };

    private enum Kind
    {
        RateLimited,
        Off,
        ParentOff,
        Ratio,
        ParentRatio,
    }

    /// <summary>Reads both variables.</summary>
    public static TraceSampling Read(Variables variables, TimeProvider time) =>
        variables.Choice("OTEL_TRACES_SAMPLER", Kinds, Kind.RateLimited) switch
        {
            Kind.Off => Standard(new AlwaysOffSampler()),
            Kind.ParentOff => Standard(new ParentBasedSampler(new AlwaysOffSampler())),
            Kind.Ratio => Standard(Ratio(variables)),
            Kind.ParentRatio => Standard(new ParentBasedSampler(Ratio(variables))),
            _ => RateLimited(variables, time),
        };

    private static TraceSampling Standard(Sampler sampler) => new(new OperationSampler(sampler), UntracedPaths.Allow);

    private static TraceIdRatioBasedSampler Ratio(Variables variables) =>
        new(Argument(variables, max: 1, unset: 1, "the share of traces to sample"));

    private static TraceSampling RateLimited(Variables variables, TimeProvider time)
    {
        var rate = Argument(variables, MaxTracesPerSecond, DefaultTracesPerSecond, "traces per second, 0 for none");
        if (rate <= 0)
        {
            return Standard(new ParentBasedSampler(new AlwaysOffSampler()));
        }

        var roots = new RateLimitedSampler(new TokenBucket(rate, time));
        return new(new OperationSampler(new ParentBasedSampler(roots)), roots.Admit);
    }

    private static double Argument(Variables variables, double max, double unset, string meaning) =>
        variables.Number("OTEL_TRACES_SAMPLER_ARG", 0, max, unset, meaning);
}

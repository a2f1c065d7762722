using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>Samples roots while the bucket has tokens; meant to stand under a <see cref="ParentBasedSampler"/>.</summary>
/// <remarks>
/// The sampler is not told the path of a request, and a probe or a replication request must not take a token from a request that somebody
/// wants to see: a busy follower would sample nothing else. So a request passes here, and <see cref="Admit"/> decides on it a moment
/// later, before anything has been recorded. (ASP.NET Core would tell the path if asked to, at 800 bytes per request, sampled or not.)
/// </remarks>
internal sealed class RateLimitedSampler : Sampler
{
    private const string IncomingRequest = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    private readonly TokenBucket _bucket;

    public RateLimitedSampler(TokenBucket bucket)
    {
        _bucket = bucket;
    }

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Name == IncomingRequest || _bucket.TryTake() ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    /// <summary>Whether a request that was sampled stays so.</summary>
    public bool Admit(HttpContext context) =>
        UntracedPaths.Allow(context) && (Activity.Current is { ParentId: not null } || _bucket.TryTake());
}

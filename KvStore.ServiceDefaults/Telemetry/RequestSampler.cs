using System.Diagnostics;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>Leaves out what nobody wants to see in a trace, and asks another sampler about the rest.</summary>
internal sealed class RequestSampler : Sampler
{
    private const string HttpClientOperation = "System.Net.Http.HttpRequestOut";

    private readonly Sampler _inner;

    public RequestSampler(Sampler inner)
    {
        _inner = inner;
        Description = $"{nameof(RequestSampler)}{{{inner.Description}}}";
    }

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        IsPolling(samplingParameters) || UntracedPaths.Contains(samplingParameters)
            ? new SamplingResult(SamplingDecision.Drop)
            : _inner.ShouldSample(samplingParameters);

    // A call that no request or operation led to is a background loop's (greetings, health, statistics). Traces start with an
    // operation; a loop whose calls are worth one starts it from a source of its own.
    private static bool IsPolling(in SamplingParameters parameters) =>
        parameters.Kind == ActivityKind.Client && parameters.ParentContext.TraceId == default && parameters.Name == HttpClientOperation;
}

using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>Drops the calls of background loops, and asks another sampler about the rest.</summary>
internal sealed class OperationSampler : Sampler
{
    private const string HttpClientCall = "System.Net.Http.HttpRequestOut";

    private readonly Sampler _inner;

    public OperationSampler(Sampler inner)
    {
        _inner = inner;
        Description = $"{nameof(OperationSampler)}{{{inner.Description}}}";
    }

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        IsBackgroundCall(samplingParameters) ? new SamplingResult(SamplingDecision.Drop) : _inner.ShouldSample(samplingParameters);

    // A call that no request or operation led to is a loop's (greetings, health, statistics). Traces start with an operation; a loop
    // whose calls are worth one starts it from a source of its own.
    private static bool IsBackgroundCall(in SamplingParameters parameters) =>
        parameters.ParentContext.TraceId == default && parameters.Name == HttpClientCall;
}

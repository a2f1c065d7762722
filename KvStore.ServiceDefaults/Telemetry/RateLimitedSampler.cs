using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Samples at most so many per second: a token bucket that holds a tenth of a second's tokens, and never less than one. In any window of
/// t seconds it samples at most <c>rate × t + rate / 10</c>. Meant for roots, under a <see cref="ParentBasedSampler"/>.
/// </summary>
/// <remarks>
/// The bucket is one number, the time at which it will be full again (the virtual scheduling form of the generic cell rate algorithm,
/// ITU-T I.371): no lock, no allocation, and for a request that is not sampled no write.
/// </remarks>
internal sealed class RateLimitedSampler : Sampler
{
    private readonly TimeProvider _time;
    private readonly long _ticksPerTrace;
    private readonly long _ticksOfBurst;
    private long _fullAt = long.MinValue;

    /// <param name="tracesPerSecond">More than 0; fractions are fine, 0.1 is one trace in ten seconds.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not more than 0.</exception>
    public RateLimitedSampler(double tracesPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tracesPerSecond);
        _time = time;
        _ticksPerTrace = Math.Max(1, (long)(time.TimestampFrequency / tracesPerSecond));
        _ticksOfBurst = (long)(Math.Max(1, tracesPerSecond / 10) - 1) * _ticksPerTrace;
        Description = FormattableString.Invariant($"{nameof(RateLimitedSampler)}{{{tracesPerSecond}/s}}");
    }

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(TryTake() ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool TryTake()
    {
        var now = _time.GetTimestamp();
        var fullAt = Volatile.Read(ref _fullAt);
        while (fullAt <= now + _ticksOfBurst)
        {
            var seen = Interlocked.CompareExchange(ref _fullAt, Math.Max(fullAt, now) + _ticksPerTrace, fullAt);
            if (seen == fullAt)
            {
                return true;
            }

            fullAt = seen;
        }

        return false;
    }
}

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Lets so many through per second. It holds a tenth of a second's tokens and never less than one, so in any window of t seconds it lets
/// at most <c>rate × t + max(1, rate / 10)</c> through.
/// </summary>
/// <remarks>
/// The bucket is one number, the time at which it will be full again (the virtual scheduling form of the generic cell rate algorithm,
/// ITU-T I.371): no lock, no allocation, and no write when nothing is left.
/// </remarks>
internal sealed class TokenBucket
{
    private readonly TimeProvider _time;
    private readonly long _ticksPerToken;
    private readonly long _ticksOfBurst;
    private long _fullAt = long.MinValue;

    /// <param name="tokensPerSecond">More than 0; fractions are fine, 0.1 is one token in ten seconds.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not more than 0.</exception>
    public TokenBucket(double tokensPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerSecond);
        _time = time;
        _ticksPerToken = Math.Max(1, (long)(time.TimestampFrequency / tokensPerSecond));
        _ticksOfBurst = (long)(Math.Max(1, tokensPerSecond / 10) - 1) * _ticksPerToken;
    }

    /// <summary>Takes a token if there is one.</summary>
    public bool TryTake()
    {
        var now = _time.GetTimestamp();
        var fullAt = Volatile.Read(ref _fullAt);
        while (fullAt <= now + _ticksOfBurst)
        {
            var seen = Interlocked.CompareExchange(ref _fullAt, Math.Max(fullAt, now) + _ticksPerToken, fullAt);
            if (seen == fullAt)
            {
                return true;
            }

            fullAt = seen;
        }

        return false;
    }
}

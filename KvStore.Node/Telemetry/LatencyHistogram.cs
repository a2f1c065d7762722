using System.Numerics;

namespace KvStore.Node.Telemetry;

/// <summary>
/// Counts latencies in buckets whose width is at most 1/16 of their lower bound, and 1 µs below 32 µs: a percentile read off
/// them is right to some 6 %. Log-linear: each power of two is cut into 16 equal parts.
/// </summary>
/// <remarks>Not synchronized. It never allocates after it was made.</remarks>
internal sealed class LatencyHistogram
{
    private const int PartBits = 4;
    private const int Parts = 1 << PartBits;

    /// <summary>Longer ones, above 134 s, count as this.</summary>
    private const long MicrosecondsMax = (1L << 27) - 1;

    private readonly long[] _counts = new long[IndexOf(MicrosecondsMax) + 1];

    /// <summary>How many were counted.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum.</summary>
    public TimeSpan Sum { get; private set; }

    /// <summary>Counts one.</summary>
    public void Add(TimeSpan latency)
    {
        _counts[IndexOf(Math.Clamp(latency.Ticks / TimeSpan.TicksPerMicrosecond, 0, MicrosecondsMax))]++;
        Count++;
        Sum += latency;
    }

    /// <summary>The buckets that are not empty, in order: each with its upper bound, which it excludes. The lower one follows from the width.</summary>
    public IReadOnlyList<LatencyBucket> Buckets()
    {
        var buckets = new List<LatencyBucket>();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                buckets.Add(new LatencyBucket(TimeSpan.FromMicroseconds(UpperBound(i)), _counts[i]));
            }
        }

        return buckets;
    }

    private static int IndexOf(long microseconds)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)microseconds) - PartBits);
        return (shift * Parts) + (int)(microseconds >> shift);
    }

    // From 16 on, index and bucket agree: shift * 16 + (16…31).
    private static long UpperBound(int index)
    {
        var shift = Math.Max(0, (index / Parts) - 1);
        return ((long)(index - (shift * Parts)) + 1) << shift;
    }
}

/// <summary>A bucket of a <see cref="LatencyHistogram"/>.</summary>
/// <param name="UpTo">Its upper bound; the value itself belongs to the next bucket.</param>
/// <param name="Count">How many fell into it.</param>
internal readonly record struct LatencyBucket(TimeSpan UpTo, long Count);

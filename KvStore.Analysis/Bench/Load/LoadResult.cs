using HdrHistogram;

namespace KvStore.Analysis.Bench.Load;

/// <summary>What came of the requests that count.</summary>
internal sealed class LoadResult
{
    private const long LatencyMaxNs = 600_000_000_000;
    private const int SignificantDigits = 3;

    /// <summary>How long requests counted.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>How many were answered with what was asked for.</summary>
    public long Operations => LatencyNs.TotalCount;

    /// <summary>How many were not.</summary>
    public long Errors { get; private set; }

    /// <summary>What was wrong the first time.</summary>
    public string? FirstError { get; private set; }

    /// <summary>The latencies of the <see cref="Operations"/>, in nanoseconds.</summary>
    public LongHistogram LatencyNs { get; } = new(1, LatencyMaxNs, SignificantDigits);

    /// <summary>Takes an answer in.</summary>
    public void Add(TimeSpan latency, string? error)
    {
        if (error is null)
        {
            LatencyNs.RecordValue(Math.Clamp((long)latency.TotalNanoseconds, 1, LatencyMaxNs));
            return;
        }

        Errors++;
        FirstError ??= error;
    }
}

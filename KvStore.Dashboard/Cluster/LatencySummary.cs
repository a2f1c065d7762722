namespace KvStore.Dashboard.Cluster;

/// <summary>The latency of the writes of a stretch of time with one write quorum, in seconds.</summary>
/// <param name="WriteQuorum">W.</param>
/// <param name="Count">How many writes.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="MeanLag">The mean of the simulated lag that each had to wait for: the W-th smallest of those drawn.</param>
/// <param name="P50">The median, within a bucket's width, as are the others.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
public sealed record LatencySummary(int WriteQuorum, long Count, double Mean, double MeanLag, double P50, double P95, double P99)
{
    /// <summary>What came between two readings of a counter.</summary>
    /// <returns>Null when nothing did.</returns>
    public static LatencySummary? Between(LatencyCounter? earlier, LatencyCounter later)
    {
        var count = later.Count - (earlier?.Count ?? 0);
        if (count <= 0)
        {
            return null;
        }

        var before = earlier?.Buckets.ToDictionary(bucket => bucket.UpToSeconds, bucket => bucket.Count) ?? [];
        var buckets = later.Buckets
            .Select(bucket => bucket with { Count = bucket.Count - before.GetValueOrDefault(bucket.UpToSeconds) })
            .Where(bucket => bucket.Count > 0)
            .OrderBy(bucket => bucket.UpToSeconds)
            .ToList();
        return new(
            later.WriteQuorum,
            count,
            (later.SumSeconds - (earlier?.SumSeconds ?? 0)) / count,
            (later.LagSumSeconds - (earlier?.LagSumSeconds ?? 0)) / count,
            Percentile(buckets, 0.50),
            Percentile(buckets, 0.95),
            Percentile(buckets, 0.99));
    }

    // The upper bound of the bucket that holds it: never better than it was.
    private static double Percentile(List<LatencyBucket> buckets, double share)
    {
        var rank = (long)Math.Ceiling(share * buckets.Sum(bucket => bucket.Count));
        var seen = 0L;
        foreach (var bucket in buckets)
        {
            seen += bucket.Count;
            if (seen >= rank)
            {
                return bucket.UpToSeconds;
            }
        }

        return buckets.Count == 0 ? 0 : buckets[^1].UpToSeconds;
    }
}

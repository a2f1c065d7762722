namespace KvStore.Dashboard.Telemetry;

/// <summary>Percentiles from counts by bucket.</summary>
internal static class HistogramPercentile
{
    /// <summary>
    /// The value below which a share of the measurements lies, as if those of a bucket were spread evenly over it. In the last bucket,
    /// which has no end, it is the highest bound; in the first one, which has no beginning, 0 counts as one if its bound is above.
    /// </summary>
    /// <param name="bounds">The upper bounds of all buckets but the last, ascending.</param>
    /// <param name="counts">Measurements by bucket, one more than bounds; parts of one are allowed.</param>
    /// <param name="share">Between 0 and 1.</param>
    /// <returns>Null when there are no measurements, or no bounds.</returns>
    public static double? Of(ReadOnlySpan<double> bounds, ReadOnlySpan<double> counts, double share)
    {
        double total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        if (total <= 0 || bounds.Length == 0)
        {
            return null;
        }

        var rank = Math.Clamp(share, 0, 1) * total;
        double below = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (counts[i] > 0 && below + counts[i] >= rank)
            {
                var lower = i > 0 ? bounds[i - 1] : Math.Min(0, bounds[0]);
                return lower + ((bounds[i] - lower) * ((rank - below) / counts[i]));
            }

            below += counts[i];
        }

        return bounds[^1];
    }
}

namespace KvStore.Analysis.Statistics;

/// <summary>
/// What the simulated lag alone makes of a write's latency: the W-th smallest of n independent delays, uniform between a minimum
/// and a maximum. Scaled to 0..1 it has a Beta(W, n + 1 − W) distribution (H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed.,
/// section 2.3).
/// </summary>
/// <param name="Followers">n.</param>
/// <param name="MinDelayMs">The shortest delay.</param>
/// <param name="MaxDelayMs">The longest delay.</param>
internal sealed record DelayTheory(int Followers, double MinDelayMs, double MaxDelayMs)
{
    private const int BisectionSteps = 60;

    /// <summary>The mean, in milliseconds: min + (max − min) · W / (n + 1).</summary>
    /// <param name="writeQuorum">W, from 1 to n.</param>
    public double MeanMs(int writeQuorum)
    {
        ThrowUnlessPossible(writeQuorum);
        return MinDelayMs + ((MaxDelayMs - MinDelayMs) * writeQuorum / (Followers + 1));
    }

    /// <summary>A percentile, in milliseconds.</summary>
    /// <param name="writeQuorum">W, from 1 to n.</param>
    /// <param name="share">Between 0 and 1.</param>
    public double PercentileMs(int writeQuorum, double share)
    {
        ThrowUnlessPossible(writeQuorum);
        var (low, high) = (0.0, 1.0);
        for (var step = 0; step < BisectionSteps; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = Below(writeQuorum, middle) < share ? (middle, high) : (low, middle);
        }

        return MinDelayMs + ((MaxDelayMs - MinDelayMs) * low);
    }

    // The W-th smallest is below x when at least W of n are, each with probability x.
    private double Below(int writeQuorum, double x)
    {
        var sum = 0.0;
        for (var i = writeQuorum; i <= Followers; i++)
        {
            sum += Choose(Followers, i) * Math.Pow(x, i) * Math.Pow(1 - x, Followers - i);
        }

        return sum;
    }

    private static double Choose(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - k + i) / i);

    private void ThrowUnlessPossible(int writeQuorum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(writeQuorum, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(writeQuorum, Followers);
    }
}

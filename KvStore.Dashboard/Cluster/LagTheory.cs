namespace KvStore.Dashboard.Cluster;

/// <summary>What the simulated lag alone would make of a write's latency.</summary>
internal static class LagTheory
{
    /// <summary>
    /// The mean of the W-th smallest of n independent delays, uniform between a minimum and a maximum:
    /// <c>min + (max − min) · W / (n + 1)</c>, since the W-th order statistic of n uniform variables has a Beta(W, n + 1 − W)
    /// distribution (H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed., section 2.3).
    /// </summary>
    /// <param name="writeQuorum">W, from 1 to <paramref name="followers"/>.</param>
    /// <param name="followers">n.</param>
    /// <param name="minDelayMs">The shortest delay, in milliseconds.</param>
    /// <param name="maxDelayMs">The longest delay, in milliseconds.</param>
    /// <returns>Seconds.</returns>
    public static double MeanSeconds(int writeQuorum, int followers, int minDelayMs, int maxDelayMs) =>
        (minDelayMs + ((maxDelayMs - minDelayMs) * (double)writeQuorum / (followers + 1))) / 1000;
}

namespace KvStore.Analysis.Load;

/// <summary>What a load at a fixed rate has seen.</summary>
/// <param name="WritesPerSecond">Writes that ended a second, whatever their outcome.</param>
/// <param name="MedianMs">Their median latency; null when none ended.</param>
/// <param name="P99Ms">Their 99th percentile.</param>
/// <param name="Writes">How many ended.</param>
/// <param name="Failed">How many of them without their quorum.</param>
internal sealed record LoadResult(double WritesPerSecond, double? MedianMs, double? P99Ms, long Writes, long Failed);

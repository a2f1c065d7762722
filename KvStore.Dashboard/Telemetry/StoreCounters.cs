namespace KvStore.Dashboard.Telemetry;

/// <summary>What came into a store and what is left of it.</summary>
/// <param name="Received">Items that arrived, counted from the start: spans, log records or metric points.</param>
/// <param name="Stored">Of the things that the store's limit counts (traces, log records, points), those that are there.</param>
/// <param name="Max">That limit.</param>
/// <param name="Dropped">Of those things, the ones that were dropped as the oldest, to make room.</param>
/// <param name="Refused">Items that were not taken in: invalid, or beyond a limit where nothing makes room.</param>
internal readonly record struct StoreCounters(long Received, int Stored, int Max, long Dropped, long Refused);

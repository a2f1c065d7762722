using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

internal static class LeaderCoreExtensions
{
    /// <summary>An entry gets its number, and is durable on the leader before anything else happens.</summary>
    public static void Appended(this LeaderCore core, long lsn, int quorum, TimeSpan now, TimeSpan[]? delays = null, bool isAwaited = true)
    {
        core.Numbered([new NumberedEntry(lsn, delays)], now);
        core.Durable([new DurableEntry(lsn, quorum, isAwaited)]);
    }
}

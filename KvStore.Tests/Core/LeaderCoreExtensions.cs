using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

internal static class LeaderCoreExtensions
{
    /// <summary>Entries get their numbers, and are durable on the leader before anything else happens.</summary>
    public static void Appended(this LeaderCore core, ReadOnlySpan<AppendedEntry> entries, TimeSpan now)
    {
        core.Numbered(entries, now);
        core.Durable(entries);
    }
}

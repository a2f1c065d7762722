using System.Text;
using KvStore.Node.Replication.Leader;

namespace KvStore.Tests.Simulation;

/// <summary>How a write is told from all others: by its value, and a delete by its idempotency key.</summary>
internal static class SimulatedWrite
{
    public static string IdOf(LoggedEntry entry) => entry.IsDelete ? entry.IdempotencyKey : entry.Value;

    public static string IdOf(PendingWrite write) => write.Value.Length == 0 ? write.IdempotencyKey! : Encoding.UTF8.GetString(write.Value);

    public static bool Is(LoggedEntry entry, PendingWrite write) =>
        entry.Key == Encoding.UTF8.GetString(write.Key) && IdOf(entry) == IdOf(write);
}

using System.Globalization;

namespace KvStore.Node.Replication.Core;

/// <summary>
/// How far a follower is with a snapshot. It can go on where it was only under the same epoch and LSN: another leader, or
/// another instant, is another state.
/// </summary>
/// <param name="Epoch">The leader that sends it.</param>
/// <param name="Lsn">The LSN whose state it is.</param>
/// <param name="AfterKey">The last key taken in; empty at the beginning. What follows is sent next.</param>
/// <param name="Rows">How many keys were taken in.</param>
internal sealed record SnapshotInstall(Epoch Epoch, long Lsn, byte[] AfterKey, long Rows)
{
    /// <summary>Whether it is a part of the snapshot of that leader at that LSN.</summary>
    public bool IsOf(Epoch epoch, long lsn) => Epoch == epoch && Lsn == lsn;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static SnapshotInstall Parse(string text)
    {
        var parts = text.Split(',');
        return new SnapshotInstall(
            Epoch.Parse(parts[0]), long.Parse(parts[1], CultureInfo.InvariantCulture), Convert.FromHexString(parts[3]),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch},{Lsn},{Rows},{Convert.ToHexString(AfterKey)}");
}

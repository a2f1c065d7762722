using System.Globalization;

namespace KvStore.Node.Replication.Core;

/// <summary>Where a leader's log stood when an epoch began: every entry above it is of that epoch or a later one.</summary>
/// <param name="Counter">The epoch's counter.</param>
/// <param name="AfterLsn">The newest entry that the leader had on its disk then; 0 for none.</param>
/// <param name="IsOnCopy">Whether that disk was a backup, or was made out of backups, so that an earlier leader may have had more.</param>
internal readonly record struct EpochStart(long Counter, long AfterLsn, bool IsOnCopy = false);

/// <summary>
/// Where the epochs of a leader's log begin, so that a follower can tell what it holds from a leader that died before its own
/// fsync. (The idea is that of the leader epoch cache in Kafka's KIP-101; Raft compares the term of each entry.)
/// </summary>
/// <remarks>
/// A leader sends entries while its own fsync runs. If it dies before that ends, followers may hold entries that its log lacks,
/// and the next epoch gives their LSNs to other writes. What a follower of epoch <c>e</c> holds is in the leader's log up to where
/// the first epoch after <c>e</c> began, and above that nothing is. Whether the leader never had it, or has lost it, the numbers do
/// not say; so a leader that starts on a copy says that.
/// </remarks>
internal sealed class EpochHistory
{
    /// <summary>How many epochs are kept apart (BOUNDED).</summary>
    public const int StartsMax = 1000;

    /// <summary>No epoch has begun.</summary>
    public static readonly EpochHistory Empty = new([]);

    private readonly EpochStart[] _starts;

    /// <summary>A history of these epochs, ascending.</summary>
    public EpochHistory(IEnumerable<EpochStart> starts) => _starts = [.. starts];

    /// <summary>
    /// The epochs' beginnings, both numbers ascending. Of epochs that began at the same entry only the last is kept, and before it the
    /// last that began on a copy.
    /// </summary>
    public IReadOnlyList<EpochStart> Starts => _starts;

    /// <summary>The history with the epoch <paramref name="counter"/>, which begins after <paramref name="lastLsn"/>.</summary>
    public EpochHistory Begin(long counter, long lastLsn, bool isOnCopy = false)
    {
        var starts = _starts.Where(start => start.AfterLsn < lastLsn || (start.AfterLsn == lastLsn && start.IsOnCopy && !isOnCopy))
            .Append(new EpochStart(counter, lastLsn, isOnCopy)).ToList();
        if (starts.Count > StartsMax)
        {
            // The two oldest become one that begins where the first did; see SharedUpTo.
            starts[1] = starts[1] with { AfterLsn = starts[0].AfterLsn, IsOnCopy = starts[0].IsOnCopy || starts[1].IsOnCopy };
            starts.RemoveAt(0);
        }

        return new EpochHistory(starts);
    }

    /// <summary>
    /// The highest LSN at which a replica that has followed the epoch <paramref name="counter"/> and none after it holds what the
    /// leader's log has; <see cref="long.MaxValue"/> when no epoch came after it.
    /// </summary>
    /// <param name="counter">The epoch that the replica followed last.</param>
    /// <param name="leaderDurable">An LSN up to which the leader of that epoch is known to have had everything on its disk.</param>
    public long SharedUpTo(long counter, long leaderDurable)
    {
        var later = Array.FindIndex(_starts, start => start.Counter > counter);
        if (later < 0)
        {
            return long.MaxValue;
        }

        // Where the oldest of very many began may not be known any more. What a leader had on its disk its successors have too.
        var isForgotten = later == 0 && _starts.Length == StartsMax;
        return isForgotten ? Math.Max(_starts[0].AfterLsn, leaderDurable) : _starts[later].AfterLsn;
    }

    /// <summary>
    /// Whether the leader lacks what it, or an earlier one, may have had on its disk, so that a replica must not give it up: the log
    /// ends below what is known to have been there, or an epoch began on a copy that lacks what the replica holds.
    /// </summary>
    /// <param name="counter">The epoch that the replica followed last.</param>
    /// <param name="held">The newest entry that it holds.</param>
    /// <param name="leaderDurable">An LSN up to which the leader of that epoch is known to have had everything on its disk.</param>
    public bool HasLost(long counter, long held, long leaderDurable) =>
        SharedUpTo(counter, leaderDurable) is var shared && shared < held
        && (shared < leaderDurable || _starts.Any(start => start.Counter > counter && start.IsOnCopy && start.AfterLsn < held));

    /// <summary>The history of a log that has what such a replica holds: the later epochs, which lacked it, are left out.</summary>
    /// <param name="counter">The epoch that the replica followed last.</param>
    /// <param name="held">The newest entry that it holds.</param>
    public EpochHistory Regained(long counter, long held) => new(_starts.Where(start => start.Counter <= counter || start.AfterLsn >= held));

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static EpochHistory Parse(string text) => new(
        from start in text.Split(',', StringSplitOptions.RemoveEmptyEntries)
        let parts = start.Split(':')
        select new EpochStart(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture), parts.Length > 2));

    /// <inheritdoc />
    public override string ToString() =>
        string.Join(',', _starts.Select(start => string.Create(
            CultureInfo.InvariantCulture, $"{start.Counter}:{start.AfterLsn}{(start.IsOnCopy ? ":copy" : "")}")));
}

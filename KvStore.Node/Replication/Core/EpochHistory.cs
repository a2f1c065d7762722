using System.Globalization;

namespace KvStore.Node.Replication.Core;

/// <summary>Where a leader's log stood when an epoch began: every entry above it is of that epoch or a later one.</summary>
/// <param name="Epoch">The epoch; of a version that did not say it, without its run id.</param>
/// <param name="AfterLsn">The newest entry that the leader had on its disk then; 0 for none.</param>
/// <param name="IsOnCopy">Whether that disk was a backup, or was made out of backups, so that an earlier leader may have had more.</param>
internal readonly record struct EpochStart(Epoch Epoch, long AfterLsn, bool IsOnCopy = false)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static EpochStart Parse(string text)
    {
        var parts = text.Split(':');
        return new EpochStart(Epoch.Parse(parts[0]), long.Parse(parts[1], CultureInfo.InvariantCulture), parts.Length > 2);
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{AfterLsn}{(IsOnCopy ? ":copy" : "")}");
}

/// <summary>The leader that a replica followed last, as far as the replica knows it.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="History">Where the epochs of its log began; empty when it did not say.</param>
/// <param name="Durable">An LSN up to which it is known to have had everything on its disk.</param>
internal readonly record struct LastLeader(Epoch Epoch, EpochHistory History, long Durable)
{
    /// <summary>Whether an epoch came before that leader, or is its own, as far as it said.</summary>
    public bool Knows(Epoch epoch) =>
        epoch.IsMaybe(Epoch) || (History.Starts.Count == 0 ? epoch.Counter < Epoch.Counter : History.Knows(epoch));
}

/// <summary>
/// Where the epochs of a leader's log begin, so that a follower can tell what of its own log is in it. (The idea is that of the leader
/// epoch cache in Kafka's KIP-101; Raft compares the term of each entry.)
/// </summary>
/// <remarks>
/// A leader sends entries while its own fsync runs. If it dies before that ends, followers may hold entries that its log lacks,
/// and the next epoch gives their LSNs to other writes. A log has one epoch for each LSN, so two logs are the same up to where their
/// histories first name different ones: that is where they <em>fork</em>. Whether the leader never had what a follower holds above
/// it, or has lost it, is for <see cref="HasLost"/> to say.
/// </remarks>
internal sealed class EpochHistory
{
    /// <summary>How many epochs are kept apart (BOUNDED).</summary>
    public const int StartsMax = 1000;

    /// <summary>No epoch has begun.</summary>
    public static readonly EpochHistory Empty = new([]);

    private readonly EpochStart[] _starts;

    /// <summary>A history of these epochs, ascending. Of too many the oldest become one that begins where the first did; see <see cref="Agree"/>.</summary>
    public EpochHistory(IEnumerable<EpochStart> starts)
    {
        _starts = [.. starts];
        if (_starts.Length > StartsMax)
        {
            var merged = _starts[..^(StartsMax - 1)];
            _starts = [merged[^1] with { AfterLsn = merged[0].AfterLsn, IsOnCopy = merged.Any(start => start.IsOnCopy) }, .. _starts[^(StartsMax - 1)..]];
        }
    }

    /// <summary>
    /// The epochs' beginnings, both numbers ascending. Of epochs that began at the same entry, one after the other and all on a copy or none,
    /// only the last is kept.
    /// </summary>
    public IReadOnlyList<EpochStart> Starts => _starts;

    private bool IsFull => _starts.Length == StartsMax;

    /// <summary>The history with one more epoch, which begins after <paramref name="lastLsn"/>.</summary>
    public EpochHistory Begin(Epoch epoch, long lastLsn, bool isOnCopy = false)
    {
        var before = _starts.TakeWhile(start => start.AfterLsn <= lastLsn).ToArray();
        var isInPlace = before is [.., var last] && last.AfterLsn == lastLsn && last.IsOnCopy == isOnCopy;
        return new EpochHistory([.. isInPlace ? before[..^1] : before, new EpochStart(epoch, lastLsn, isOnCopy)]);
    }

    /// <summary>
    /// The history of the log that is made out of what all of these replicas hold, but for what no leader had on its disk.
    /// </summary>
    /// <param name="replicas">The leader that each followed last, and the newest entry that it holds; at least one.</param>
    /// <returns>The history; the replica that it goes by; and, when there were two leaders, one that holds entries of the other.</returns>
    public static (EpochHistory History, int Basis, int? Other) OfAll(IReadOnlyList<(LastLeader Last, long Held)> replicas)
    {
        var basis = Enumerable.Range(0, replicas.Count).MaxBy(i => replicas[i].Last.Epoch.Counter);
        var history = replicas[basis].Last.History;
        for (var i = 0; i < replicas.Count; i++)
        {
            // What a leader had and its successor had lost is kept.
            if (history.HasLost(replicas[i].Last, replicas[i].Held))
            {
                (basis, history) = (i, history.Regained(replicas[i].Last, replicas[i].Held));
            }
        }

        var other = Enumerable.Range(0, replicas.Count).Where(i => history.HasLost(replicas[i].Last, replicas[i].Held)).Select(i => (int?)i).FirstOrDefault();
        return (history, basis, other);
    }

    /// <summary>
    /// The highest LSN at which a replica holds what the leader's log has; <see cref="long.MaxValue"/> when the leader's log goes on
    /// from what the replica's own leader had, or is that one's.
    /// </summary>
    /// <param name="last">The leader that the replica followed last.</param>
    public long SharedUpTo(LastLeader last) => ForkFrom(last)?.AfterLsn ?? long.MaxValue;

    /// <summary>
    /// Whether the leader lacks what it, or an earlier one, may have had on its disk, so that a replica must not give it up: the logs
    /// fork below what is known to have been there, one of the two goes on from a copy that the other does not know of, or the leader's
    /// entries above the fork are no newer than the replica's leader, so that there were two at a time.
    /// </summary>
    /// <param name="last">The leader that the replica followed last.</param>
    /// <param name="held">The newest entry that the replica holds.</param>
    public bool HasLost(LastLeader last, long held) =>
        ForkFrom(last) is { } fork && fork.AfterLsn < held
        && (fork.AfterLsn < KnownDurable(last) || fork.Epoch.Counter <= last.Epoch.Counter || IsSucceededByCopy(last, fork.AfterLsn)
            || last.History._starts.Any(start => start.IsOnCopy && start.AfterLsn <= fork.AfterLsn && !Knows(start.Epoch)));

    /// <summary>Whether an epoch is in the history, or may be among those that were thrown together.</summary>
    public bool Knows(Epoch epoch) =>
        _starts.Any(start => start.Epoch.IsMaybe(epoch)) || (IsFull && epoch.Counter <= _starts[0].Epoch.Counter);

    // The history of a log that has what such a replica holds: the later epochs, which lacked it, are left out.
    private EpochHistory Regained(LastLeader last, long held)
    {
        var before = last.History._starts is [] ? _starts.Where(start => start.Epoch.Counter <= last.Epoch.Counter) : last.History._starts;
        return new EpochHistory(before.Concat(_starts.Where(start => start.Epoch.Counter > last.Epoch.Counter && start.AfterLsn >= held)));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static EpochHistory Parse(string text) => new(text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(EpochStart.Parse));

    /// <inheritdoc />
    public override string ToString() => string.Join(',', _starts);

    // Whether the first leader that came after the replica's began on a copy. If it began on the disk itself, what that disk lacked nobody had.
    private bool IsSucceededByCopy(LastLeader last, long fork) => _starts
        .FirstOrDefault(start => start.AfterLsn <= fork && !last.Knows(start.Epoch) && (start.IsOnCopy || start.Epoch.Counter > last.Epoch.Counter)).IsOnCopy;

    // A leader had on its disk what its log began with.
    private static long KnownDurable(LastLeader last) => last.History._starts is [.., var own] ? Math.Max(own.AfterLsn, last.Durable) : last.Durable;

    // Where this log begins to have entries of another epoch than the log of the replica's leader, and of which; null when it never does.
    private EpochStart? ForkFrom(LastLeader last)
    {
        var theirs = last.History._starts;
        for (int here = -1, there = -1; here + 1 < _starts.Length || there + 1 < theirs.Length;)
        {
            var after = Math.Min(NextOf(_starts, here), NextOf(theirs, there));
            here = Advance(_starts, here, after);
            there = Advance(theirs, there, after);
            if (here >= 0 && !Agree(here, there, last))
            {
                return new EpochStart(_starts[here].Epoch, IsForgotten(here, last) ? ForgottenFork(last) : after);
            }
        }

        return null;
    }

    private static long NextOf(EpochStart[] starts, int at) => at + 1 < starts.Length ? starts[at + 1].AfterLsn : long.MaxValue;

    // The epoch of the entries just above an LSN is the last that began there or before.
    private static int Advance(EpochStart[] starts, int at, long after)
    {
        while (NextOf(starts, at) <= after && at + 1 < starts.Length)
        {
            at++;
        }

        return at;
    }

    // Whether the entries of one of this history's epochs are those that the replica's leader had at the same LSNs, going by the history that it told.
    private bool Agree(int here, int there, LastLeader last)
    {
        var epoch = _starts[here].Epoch;
        if (IsForgotten(here, last))
        {
            return false;
        }

        if (there < 0)
        {
            // Of what came before it said nothing.
            return epoch.Counter < last.Epoch.Counter || epoch.IsMaybe(last.Epoch);
        }

        var other = last.History._starts[there].Epoch;
        return epoch.IsMaybe(other.IsMaybe(last.Epoch) ? last.Epoch : other)
            || (here == 0 && IsFull && other.Counter <= epoch.Counter)
            || (there == 0 && last.History.IsFull && epoch.Counter <= other.Counter);
    }

    // Where the oldest of very many epochs began is not known any more to one that missed them.
    private bool IsForgotten(int here, LastLeader last) => here == 0 && IsFull && last.Epoch.Counter < _starts[0].Epoch.Counter;

    // What a leader had on its disk its successors have too.
    private long ForgottenFork(LastLeader last) => Math.Min(Math.Max(_starts[0].AfterLsn, KnownDurable(last)), NextOf(_starts, 0));
}

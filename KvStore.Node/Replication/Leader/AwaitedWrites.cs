using KvStore.Node.Replication.Core;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The writes whose quorum somebody waits for, and when each follower confirmed them; and the slow ones among those that are
/// answered, until the last follower has confirmed them.
/// </summary>
/// <remarks>Not synchronized: <see cref="Replicator"/> calls it under its lock.</remarks>
internal sealed class AwaitedWrites
{
    /// <summary>How many answered writes are watched (BOUNDED): while a follower is away, none of them ends.</summary>
    public const int WatchedMax = 1024;

    private readonly Dictionary<long, PendingWrite> _byLsn = [];
    private readonly OrderedDictionary<long, SlowWrite> _watched = [];

    /// <summary>A write that has just got its number waits for its quorum.</summary>
    public void Add(PendingWrite write) => _byLsn.Add(write.Lsn, write);

    /// <summary>A write waits for the quorum of an entry that others may wait for as well.</summary>
    public void Join(PendingWrite write)
    {
        write.NextWaiting = _byLsn.GetValueOrDefault(write.Lsn);
        _byLsn[write.Lsn] = write;
    }

    /// <summary>A write waits no longer.</summary>
    /// <returns>Whether nobody waits for its entry any more: the last to leave ends the waiting.</returns>
    public bool Remove(PendingWrite write)
    {
        if (!_byLsn.TryGetValue(write.Lsn, out var first))
        {
            return true;
        }

        if (first == write)
        {
            if (write.NextWaiting is { } next)
            {
                _byLsn[write.Lsn] = next;
                return false;
            }

            return _byLsn.Remove(write.Lsn);
        }

        for (var at = first; at is not null; at = at.NextWaiting)
        {
            if (at.NextWaiting == write)
            {
                at.NextWaiting = write.NextWaiting;
            }
        }

        return false;
    }

    /// <summary>An entry has its quorum.</summary>
    /// <param name="lsn">The entry.</param>
    /// <param name="lane">Whose follower has just confirmed it; null when the leader's own fsync was the last to end.</param>
    /// <returns>Who waited for it, linked by <see cref="PendingWrite.NextWaiting"/>; null for nobody.</returns>
    public PendingWrite? Reached(long lsn, int? lane)
    {
        _byLsn.Remove(lsn, out var first);
        for (var write = first; write is not null; write = write.NextWaiting)
        {
            write.QuorumLane = lane ?? write.Confirmations.Latest();
        }

        return first;
    }

    /// <summary>Takes note of what a follower holds now.</summary>
    /// <param name="lane">The follower's lane.</param>
    /// <param name="concerned">The entries that may be new in its holdings; null when any may be new there, or gone.</param>
    /// <param name="holdings">What it holds.</param>
    /// <param name="at">The time, as a timestamp.</param>
    public void Confirmed(int lane, IReadOnlyList<long>? concerned, LsnRangeSet holdings, long at)
    {
        if (concerned is null)
        {
            Compare(lane, holdings, at);
            return;
        }

        foreach (var lsn in concerned)
        {
            // The answer to a batch of an earlier generation does not count, so the holdings have the last word.
            var write = _byLsn.GetValueOrDefault(lsn);
            var slow = _watched.Count > 0 ? _watched.GetValueOrDefault(lsn) : null;
            if ((write ?? (object?)slow) is not null && holdings.Contains(lsn))
            {
                Note(write, lane, at);
                Note(slow, lane, at);
            }
        }
    }

    /// <summary>Watches a write that has been answered until every follower has confirmed it; those that have since count from now.</summary>
    public void Watch(SlowWrite write, IReadOnlyList<Lane> lanes, long at)
    {
        foreach (var lane in lanes)
        {
            if (lane.Confirmed.Contains(write.Lsn))
            {
                write.Confirmed(lane.Index, at);
            }
        }

        if (!write.IsConfirmedByAll && _watched.TryAdd(write.Lsn, write) && _watched.Count > WatchedMax)
        {
            _watched.RemoveAt(0);
        }
    }

    private void Compare(int lane, LsnRangeSet holdings, long at)
    {
        foreach (var (lsn, write) in _byLsn)
        {
            Note(write, lane, holdings.Contains(lsn) ? at : null);
        }

        foreach (var lsn in _watched.Keys.Where(holdings.Contains).ToList())
        {
            Note(_watched[lsn], lane, at);
        }
    }

    // A confirmation that was withdrawn (a wiped follower) is none.
    private static void Note(PendingWrite? first, int lane, long? at)
    {
        for (var write = first; write is not null; write = write.NextWaiting)
        {
            write.Confirmations[lane] = at is null ? null : write.Confirmations[lane] ?? at;
        }
    }

    private void Note(SlowWrite? slow, int lane, long at)
    {
        slow?.Confirmed(lane, at);
        if (slow is { IsConfirmedByAll: true })
        {
            _watched.Remove(slow.Lsn);
        }
    }
}

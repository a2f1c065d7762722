using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Core;

/// <summary>
/// The quorum rule (QUORUM). Both questions are answered from what each follower is known to hold, so a follower cannot
/// count twice, and a confirmation that turns out to be void (a wiped follower) leaves the count with the holdings.
/// </summary>
internal static class WriteQuorum
{
    /// <summary>How many followers hold <paramref name="lsn"/>.</summary>
    /// <param name="lsn">The write in question.</param>
    /// <param name="holdings">What each follower holds, one set a follower.</param>
    public static int Confirmations(long lsn, IReadOnlyList<LsnRangeSet> holdings)
    {
        var count = 0;
        foreach (var held in holdings)
        {
            count += held.Contains(lsn) ? PlantedBugs.Has(PlantedBug.FollowerCountedTwice) ? 2 : 1 : 0;
        }

        return count;
    }

    /// <summary>
    /// The highest LSN such that at least <paramref name="quorum"/> followers hold it and every one from
    /// <paramref name="from"/> up to it; <paramref name="from"/> − 1 when they lack <paramref name="from"/> itself.
    /// </summary>
    public static long ReachedUpTo(long from, int quorum, IReadOnlyList<LsnRangeSet> holdings)
    {
        var at = from;
        Span<long> ends = stackalloc long[holdings.Count];
        while (true)
        {
            var holders = 0;
            foreach (var held in holdings)
            {
                if (held.EndOfRunAt(at) is { } end)
                {
                    ends[holders++] = end;
                }
            }

            if (holders < quorum)
            {
                return at - 1;
            }

            // The holders' runs end at different LSNs; the quorum holds all of them up to the quorum-th largest end.
            ends[..holders].Sort();
            at = ends[holders - quorum] + 1;
        }
    }
}

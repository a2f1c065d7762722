namespace KvStore.Node.Replication.Core;

/// <summary>
/// The commit LSN: the highest LSN up to which every entry has its quorum. An entry carries the quorum that was in force
/// when it started; since that changes rarely, the quorums are kept as runs.
/// </summary>
internal sealed class CommitProgress
{
    private readonly Queue<(long Last, int Quorum)> _closed = new();
    private (long Last, int Quorum) _open;

    /// <summary>Begins at <paramref name="commitLsn"/>, up to which every entry is known to have its quorum.</summary>
    public CommitProgress(long commitLsn)
    {
        CommitLsn = commitLsn;
        _open = (commitLsn, 0);
    }

    /// <summary>Never goes back: an entry that had its quorum once stays committed, also when a follower loses its disk.</summary>
    public long CommitLsn { get; private set; }

    /// <summary>The leader has made <paramref name="lsn"/> durable; LSNs come without gaps.</summary>
    public void Appended(long lsn, int quorum)
    {
        if (lsn != _open.Last + 1)
        {
            throw new InvalidOperationException($"LSN {lsn} follows {_open.Last}: the leader's log has a gap.");
        }

        if (_open.Quorum != quorum && _open.Last > CommitLsn)
        {
            _closed.Enqueue(_open);
        }

        _open = (lsn, quorum);
    }

    /// <summary>Moves the commit LSN on as far as <paramref name="holdings"/>, one set a follower, allow.</summary>
    public void Advance(IReadOnlyList<LsnRangeSet> holdings)
    {
        while (CommitLsn < _open.Last)
        {
            var (last, quorum) = _closed.TryPeek(out var oldest) ? oldest : _open;
            CommitLsn = Math.Min(last, WriteQuorum.ReachedUpTo(CommitLsn + 1, quorum, holdings));
            if (CommitLsn < last)
            {
                return;
            }

            _closed.TryDequeue(out _);
        }
    }
}

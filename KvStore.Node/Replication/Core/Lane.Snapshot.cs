namespace KvStore.Node.Replication.Core;

/// <content>Sending a snapshot: one part at a time, each after the one that the follower has taken in.</content>
internal sealed partial class Lane
{
    private SnapshotPosition? _snapshot;
    private bool _opening;

    /// <summary>The LSN of the view that this lane sends its snapshot from; null when it has none.</summary>
    public long? SnapshotLsn => _snapshot?.Lsn;

    /// <summary>How many keys of the snapshot the follower has taken in.</summary>
    public long SnapshotRows => _snapshot?.Rows ?? 0;

    /// <summary>Whether the lane has a view of the leader's state, or is about to get one.</summary>
    public bool HoldsSnapshot => _opening || _snapshot is not null;

    /// <summary>The view is there: it holds the effect of every entry up to <paramref name="lsn"/>.</summary>
    /// <returns>False when it is not wanted any more.</returns>
    public bool SnapshotOpened(int generation, long lsn)
    {
        if (generation != Generation || !_opening)
        {
            return false;
        }

        _opening = false;
        if (lsn < _cut || IsPaused)
        {
            return false; // The log above it was cut meanwhile, and the next one is newer; or nobody is to send it.
        }

        _snapshot = new SnapshotPosition(lsn, [], 0);
        SettleMode();
        return true;
    }

    /// <summary>The view could not be had.</summary>
    public void SnapshotNotOpened(int generation, string error, TimeSpan now)
    {
        if (generation == Generation && _opening)
        {
            LastError = error;
            GoToProbe(now);
        }
    }

    /// <summary>The follower has taken in a part.</summary>
    /// <param name="batch">The message.</param>
    /// <param name="reached">Where the next part begins.</param>
    /// <param name="isLast">Whether the snapshot is complete, and so in place.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether the answer counts.</returns>
    public bool ChunkConfirmed(LaneBatch batch, SnapshotPosition reached, bool isLast, TimeSpan now)
    {
        if (!_inFlight.Remove(batch))
        {
            return false;
        }

        (LastContact, LastError, _failures) = (now, null, 0);
        if (_snapshot?.Lsn == reached.Lsn)
        {
            _snapshot = isLast ? null : reached;
        }

        if (isLast)
        {
            var installed = new LsnRange(1, reached.Lsn);
            Confirmed.Add(installed);
            _retry.Remove(installed);
            _missing.Remove(installed);
            SettleMode();
        }

        return true;
    }

    /// <summary>Lets the view go: the follower has been away for too long, or the log has outgrown its limits.</summary>
    public void GiveUpSnapshot()
    {
        if (_snapshot is not { } open)
        {
            return;
        }

        // Whatever the snapshot would have brought is missing again; the next one begins anew.
        _snapshot = null;
        var rest = new LsnRangeSet(new LsnRange(1, open.Lsn));
        rest.Remove(Confirmed);
        rest.Remove(_retry);
        _missing.Add(rest);
        if (Mode != LaneMode.Probe)
        {
            SettleMode();
        }
    }

    /// <summary>Whether the follower has taken nothing for so long that a snapshot is not kept for it.</summary>
    public bool IsSnapshotLost(TimeSpan now) => _snapshot is not null && Mode == LaneMode.Probe && now - _probingSince > limits.SnapshotPatience;

    private LaneStep? NextOfSnapshot(bool maySnapshot)
    {
        if (Mode != LaneMode.Snapshot || _opening || _inFlight.Keys.Any(batch => batch.Kind == BatchKind.Snapshot))
        {
            return null;
        }

        if (_snapshot is not null)
        {
            return Send(BatchKind.Snapshot, [], _snapshot);
        }

        _opening = maySnapshot;
        return maySnapshot ? new LaneStep.OpenSnapshot(Generation) : null;
    }

    // The follower says where to go on; one that holds everything up to the snapshot's LSN needs none of it.
    private void SnapshotResumed(SnapshotInstall? installing)
    {
        if (_snapshot is { } open)
        {
            _snapshot = Confirmed.Watermark >= open.Lsn ? null
                : installing?.Lsn == open.Lsn ? new SnapshotPosition(open.Lsn, installing.AfterKey, installing.Rows)
                : new SnapshotPosition(open.Lsn, [], 0);
        }
    }
}

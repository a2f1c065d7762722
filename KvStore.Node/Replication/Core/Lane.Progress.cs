namespace KvStore.Node.Replication.Core;

/// <content>How the follower is doing, for people and for <c>/health</c>.</content>
internal sealed partial class Lane
{
    private readonly ProgressWindow _progress = new();

    /// <summary>Takes note of how far the follower is, for the rates.</summary>
    public void Observe(TimeSpan now, long lastLsn) => _progress.Observe(now, Confirmed.Count, lastLsn);

    /// <summary>How the follower is doing.</summary>
    public FollowerProgress ProgressAt(TimeSpan now, long lastLsn)
    {
        var (confirmed, appended) = _progress.RatesAt(now, Confirmed.Count, lastLsn);
        var lag = lastLsn - Confirmed.Count;
        var (state, cause) = StateAt(now, confirmed, appended);
        TimeSpan? left = lag > 0 && confirmed > appended ? TimeSpan.FromSeconds(lag / (confirmed - appended)) : null;
        return new FollowerProgress(state, cause, confirmed, left);
    }

    private (FollowerState State, string? Cause) StateAt(TimeSpan now, double confirmed, double appended)
    {
        if (Mode == LaneMode.Probe)
        {
            return (_answered ? FollowerState.Stalled : FollowerState.Unreachable, Objection ?? LastError ?? "It has not answered a greeting yet.");
        }

        if (IsPaused)
        {
            return (FollowerState.Stalled, $"Its replication is paused: POST /admin/replication/{Follower!.NodeId}/resume ends that.");
        }

        var waiting = now - _inFlight.Values.Min();
        if (waiting > limits.StalledAfter)
        {
            return (FollowerState.Stalled, $"It has not answered what was sent {waiting.Value.TotalSeconds:0.0} s ago.");
        }

        if (Mode == LaneMode.Snapshot)
        {
            return (FollowerState.Snapshot, _snapshot is { } snapshot
                ? $"It lacks entries that were cut from the log (up to LSN {_cut}), and gets the state at LSN {snapshot.Lsn}: {snapshot.Rows} keys so far."
                : $"It lacks entries that were cut from the log (up to LSN {_cut}), and waits for a snapshot.");
        }

        var backlog = _missing.Count + _retry.Count + _inFlight.Keys.Where(batch => batch.Kind != BatchKind.Fresh).Sum(batch => (long)batch.Lsns.Count);
        if (_fresh.Count > limits.FreshEntriesPerBatch || backlog > 0)
        {
            return appended > confirmed
                ? (FollowerState.FallingBehind, $"It confirms {confirmed:0} entries/s, and {appended:0} come.")
                : (FollowerState.CatchingUp, $"It lacks {backlog + _fresh.Count} entries, and gets them from the log.");
        }

        return (FollowerState.Healthy, null);
    }
}

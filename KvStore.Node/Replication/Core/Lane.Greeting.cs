using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Core;

/// <content>Probe: the follower is asked who it is and what it holds, once in a back-off, until it answers.</content>
internal sealed partial class Lane
{
    private bool _greeting;
    private bool _answered;
    private int _failures;
    private TimeSpan _probeAt;
    private TimeSpan _probingSince;

    /// <summary>The follower answered a greeting and takes entries: what it says replaces all that was believed of it.</summary>
    /// <param name="generation">Of the <see cref="LaneStep.Greet"/>.</param>
    /// <param name="follower">Who answered.</param>
    /// <param name="holdings">What it has on its disk.</param>
    /// <param name="lastLsn">The leader's newest entry.</param>
    /// <param name="now">The time.</param>
    /// <param name="installing">How far it is with the snapshot that this leader sends; null when it has nothing of that.</param>
    public void GreetingAccepted(
        int generation, FollowerIdentity follower, LsnRangeSet holdings, long lastLsn, TimeSpan now, SnapshotInstall? installing = null)
    {
        if (!GreetingEnded(generation))
        {
            return;
        }

        if (PlantedBugs.Has(PlantedBug.WipedConfirmationsKept))
        {
            holdings = new LsnRangeSet([.. holdings.Ranges, .. Confirmed.Ranges]);
        }

        if (Follower?.StoreId != follower.StoreId)
        {
            _progress.Clear();
            _takesNoGaps = false;
        }

        (Follower, Confirmed) = (follower, holdings);
        (Objection, LastError, LastContact, _failures) = (null, null, now, 0);
        _missing.Clear();
        if (lastLsn > 0)
        {
            _missing.Add(new LsnRange(1, lastLsn));
        }

        _hasContinued = false;
        BeginCatchUp();
        _retry.Remove(holdings);
        _missing.Remove(holdings);
        SnapshotResumed(installing);
        SettleMode();
        _missing.Remove(_retry);
    }

    /// <summary>A greeting got no answer, or one that does not let the leader send entries.</summary>
    /// <param name="generation">Of the <see cref="LaneStep.Greet"/>.</param>
    /// <param name="error">What went wrong, in words.</param>
    /// <param name="now">The time.</param>
    /// <param name="answered">Whether the follower answered at all.</param>
    /// <param name="objection">See <see cref="Objection"/>; unchanged when there was no answer.</param>
    public void GreetingFailed(int generation, string error, TimeSpan now, bool answered, string? objection = null)
    {
        if (!GreetingEnded(generation))
        {
            return;
        }

        (LastError, _answered) = (error, answered);
        if (answered)
        {
            LastContact = now;
            Objection = objection;
        }

        BackOff(now);
    }

    private LaneStep NextGreeting(TimeSpan now)
    {
        if (_greeting || now < _probeAt)
        {
            return new LaneStep.Wait(_greeting ? null : _probeAt);
        }

        _greeting = true;
        return new LaneStep.Greet(Generation);
    }

    private bool GreetingEnded(int generation)
    {
        if (generation != Generation || Mode != LaneMode.Probe)
        {
            return false;
        }

        _greeting = false;
        Tried = true;
        return true;
    }

    private void GoToProbe(TimeSpan now)
    {
        foreach (var batch in _inFlight.Keys)
        {
            AddAll(_retry, batch.Lsns);
        }

        AddAll(_retry, _fresh);
        _inFlight.Clear();
        _fresh.Clear();
        _scheduled = 0;
        _told = 0;
        _opening = false;
        _answered = false;
        _probingSince = now;
        Mode = LaneMode.Probe;
        Generation++;
        BackOff(now);
    }

    private void BackOff(TimeSpan now)
    {
        var pause = limits.BackoffMin * Math.Pow(2, Math.Min(_failures, 16));
        _probeAt = now + (pause < limits.BackoffMax ? pause : limits.BackoffMax);
        _failures++;
    }
}

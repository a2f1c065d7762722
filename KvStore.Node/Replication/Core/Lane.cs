namespace KvStore.Node.Replication.Core;

/// <summary>How a lane treats its follower.</summary>
internal enum LaneMode
{
    /// <summary>Nothing is known for sure: one greeting per back-off, and no entry, until the follower has answered.</summary>
    Probe,

    /// <summary>The follower's holdings are known: fresh entries and catch-up batches flow.</summary>
    Replicate,
}

/// <summary>
/// What the leader knows of one follower and what it does next about it. Events in, decisions out: no I/O, clock or
/// threads; times are passed in, measured from any fixed instant.
/// </summary>
/// <remarks>
/// Every entry that is durable on the leader is in exactly one place: confirmed, in flight, fresh (due, waiting for a
/// slot), scheduled (waiting for its simulated lag), to be retried, or missing. A failure throws away all but what is
/// confirmed and what is to be retried, and the next greeting's answer replaces even that.
/// </remarks>
internal sealed class Lane(int index, LaneLimits limits)
{
    private readonly Queue<long> _fresh = new();
    private readonly LsnRangeSet _retry = new();
    private readonly LsnRangeSet _missing = new();
    private readonly HashSet<LaneBatch> _inFlight = [];
    private int _scheduled;
    private bool _greeting;
    private int _failures;
    private TimeSpan _probeAt;

    /// <summary>The lane's place among the leader's lanes.</summary>
    public int Index { get; } = index;

    /// <summary>How the follower is treated now.</summary>
    public LaneMode Mode { get; private set; }

    /// <summary>Counts the times that the lane went to probe: what was begun in an earlier generation is void.</summary>
    public int Generation { get; private set; }

    /// <summary>The follower as it named itself when it last accepted a greeting.</summary>
    public FollowerIdentity? Follower { get; private set; }

    /// <summary>What the follower has on its disk, as far as the leader knows.</summary>
    public LsnRangeSet Confirmed { get; private set; } = new();

    /// <summary>Why this follower says that the leader must not lead (FENCE), in words; null when it does not.</summary>
    public string? Objection { get; private set; }

    /// <summary>Whether a greeting was answered, or failed, since the leader started.</summary>
    public bool Tried { get; private set; }

    /// <summary>When the follower last answered.</summary>
    public TimeSpan? LastContact { get; private set; }

    /// <summary>What went wrong last, in words; null after a success.</summary>
    public string? LastError { get; private set; }

    /// <summary>Entries sent and not answered.</summary>
    public int InFlight => _inFlight.Sum(batch => batch.Lsns.Count);

    /// <summary>A new entry is durable on the leader.</summary>
    /// <param name="lsn">The entry.</param>
    /// <param name="delayed">Whether it has a simulated lag for this follower that is still to pass.</param>
    /// <returns>Whether the caller shall report <see cref="Due"/> when that lag is over.</returns>
    public bool Appended(long lsn, bool delayed)
    {
        if (Mode == LaneMode.Probe)
        {
            return false; // What is missing is worked out from the next greeting's answer.
        }

        var direct = _fresh.Count + _scheduled < limits.FreshQueueMax
            && Confirmed.Ranges.Count < limits.HoldingRangesMax;
        if (!direct)
        {
            _missing.Add(lsn);
            return false;
        }

        if (delayed)
        {
            _scheduled++;
            return true;
        }

        _fresh.Enqueue(lsn);
        return false;
    }

    /// <summary>The simulated lag of an entry is over.</summary>
    /// <returns>Whether there is something new to send.</returns>
    public bool Due(long lsn, int generation)
    {
        if (generation != Generation)
        {
            return false;
        }

        _scheduled--;
        _fresh.Enqueue(lsn);
        return true;
    }

    /// <summary>Decides what to do now. The caller does it, reports the outcome, and asks again.</summary>
    public LaneStep Next(TimeSpan now)
    {
        if (Mode == LaneMode.Probe)
        {
            if (_greeting || now < _probeAt)
            {
                return new LaneStep.Wait(_greeting ? null : _probeAt);
            }

            _greeting = true;
            return new LaneStep.Greet(Generation);
        }

        // Fresh entries have slots of their own, so that catching up never holds them back.
        var (freshBatches, freshEntries, otherBatches) = CountInFlight();
        if (_fresh.Count > 0 && freshBatches < limits.FreshBatchesInFlight && freshEntries < limits.FreshEntriesInFlight)
        {
            var count = Math.Min(_fresh.Count, limits.FreshEntriesPerBatch);
            var lsns = new long[count];
            for (var i = 0; i < count; i++)
            {
                lsns[i] = _fresh.Dequeue();
            }

            return Send(BatchKind.Fresh, lsns);
        }

        if (otherBatches < limits.CatchUpBatchesInFlight && (_retry.IsEmpty ? _missing : _retry) is { IsEmpty: false } backlog)
        {
            return Send(backlog == _retry ? BatchKind.Retry : BatchKind.CatchUp, backlog.TakeLowest(limits.CatchUpEntriesPerBatch));
        }

        if (_inFlight.Count > 0)
        {
            return new LaneStep.Wait(null);
        }

        var heartbeatAt = LastContact + limits.HeartbeatInterval;
        return now >= heartbeatAt ? Send(BatchKind.Heartbeat, []) : new LaneStep.Wait(heartbeatAt);
    }

    /// <summary>Only the first <paramref name="count"/> entries of a batch fit into one message; the others go later.</summary>
    /// <returns>The batch that is sent instead.</returns>
    public LaneBatch Shorten(LaneBatch batch, int count)
    {
        var shorter = batch with { Lsns = [.. batch.Lsns.Take(count)] };
        if (_inFlight.Remove(batch))
        {
            _inFlight.Add(shorter);
            GiveBack(batch.Kind == BatchKind.CatchUp ? _missing : _retry, batch.Lsns.Skip(count));
        }

        return shorter;
    }

    /// <summary>The follower has every entry of the batch on its disk.</summary>
    /// <returns>Whether the answer counts: one to a batch sent before the lane last went to probe does not.</returns>
    public bool SendSucceeded(LaneBatch batch, TimeSpan now)
    {
        if (!_inFlight.Remove(batch))
        {
            return false;
        }

        foreach (var lsn in batch.Lsns)
        {
            Confirmed.Add(lsn);
        }

        (LastContact, LastError, _failures) = (now, null, 0);
        return true;
    }

    /// <summary>A send failed, or was refused: its entries come back, and the lane asks the follower anew.</summary>
    public void SendFailed(LaneBatch batch, string error, TimeSpan now)
    {
        if (_inFlight.Contains(batch))
        {
            LastError = error;
            GoToProbe(now);
        }
    }

    /// <summary>The follower answered a greeting and takes entries: what it says replaces all that was believed of it.</summary>
    /// <param name="generation">Of the <see cref="LaneStep.Greet"/>.</param>
    /// <param name="follower">Who answered.</param>
    /// <param name="holdings">What it has on its disk.</param>
    /// <param name="lastLsn">The leader's newest durable LSN.</param>
    /// <param name="now">The time.</param>
    public void GreetingAccepted(int generation, FollowerIdentity follower, LsnRangeSet holdings, long lastLsn, TimeSpan now)
    {
        if (!GreetingEnded(generation))
        {
            return;
        }

        (Follower, Confirmed, Mode) = (follower, holdings, LaneMode.Replicate);
        (Objection, LastError, LastContact, _failures) = (null, null, now, 0);
        _retry.Remove(holdings);
        _missing.Clear();
        if (lastLsn > 0)
        {
            _missing.Add(new LsnRange(1, lastLsn));
        }

        _missing.Remove(holdings);
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

        LastError = error;
        if (answered)
        {
            LastContact = now;
            Objection = objection;
        }

        BackOff(now);
    }

    private LaneStep.Send Send(BatchKind kind, IReadOnlyList<long> lsns)
    {
        var batch = new LaneBatch(kind, lsns);
        _inFlight.Add(batch);
        return new LaneStep.Send(batch);
    }

    private (int FreshBatches, int FreshEntries, int OtherBatches) CountInFlight()
    {
        var (freshBatches, freshEntries, otherBatches) = (0, 0, 0);
        foreach (var batch in _inFlight)
        {
            if (batch.Kind == BatchKind.Fresh)
            {
                freshBatches++;
                freshEntries += batch.Lsns.Count;
            }
            else
            {
                otherBatches++;
            }
        }

        return (freshBatches, freshEntries, otherBatches);
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
        foreach (var batch in _inFlight)
        {
            GiveBack(_retry, batch.Lsns);
        }

        GiveBack(_retry, _fresh);
        _inFlight.Clear();
        _fresh.Clear();
        _scheduled = 0;
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

    private static void GiveBack(LsnRangeSet to, IEnumerable<long> lsns)
    {
        foreach (var lsn in lsns)
        {
            to.Add(lsn);
        }
    }
}

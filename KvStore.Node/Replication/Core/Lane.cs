using KvStore.Node.Faults;

namespace KvStore.Node.Replication.Core;

/// <summary>How a lane treats its follower.</summary>
internal enum LaneMode
{
    /// <summary>Nothing is known for sure: one greeting per back-off, and no entry, until the follower has answered.</summary>
    Probe,

    /// <summary>The follower's holdings are known: fresh entries and catch-up batches flow.</summary>
    Replicate,

    /// <summary>The follower lacks what the log does not hold any more: it gets a snapshot, and fresh entries meanwhile.</summary>
    Snapshot,
}

/// <summary>
/// What the leader knows of one follower and what it does next about it. Events in, decisions out: no I/O, clock or
/// threads; times are passed in, measured from any fixed instant.
/// </summary>
/// <remarks>
/// Every entry that has its number is in exactly one place: confirmed, in flight, fresh (due, waiting for a
/// slot), scheduled (waiting for its simulated lag), to be retried, missing, or covered by the snapshot that is being sent.
/// A failure throws away all but what is confirmed and what is to be retried, and the next greeting's answer replaces even
/// that.
/// </remarks>
internal sealed partial class Lane(int index, LaneLimits limits)
{
    private readonly Queue<long> _fresh = new();
    private readonly LsnRangeSet _retry = new();
    private readonly LsnRangeSet _missing = new();
    private readonly Dictionary<LaneBatch, TimeSpan?> _inFlight = new(ReferenceEqualityComparer.Instance);
    private int _scheduled;
    private bool _hasContinued; // Since the last greeting, the lowest that can be sent was sent.
    private bool _takesNoGaps; // In snapshot mode: it has as many as it keeps account of, and the snapshot is what closes them.
    private long _cut;
    private long _told;

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

    /// <summary>Whether the follower, when it was last greeted, was of a version that gives up what a new epoch's leader lacks.</summary>
    public bool GivesUpTail { get; set; } = true;

    /// <summary>Whether a greeting was answered, or failed, since the leader started.</summary>
    public bool Tried { get; private set; }

    /// <summary>Whether somebody has told the lane to send no entries for now.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>When the follower last answered.</summary>
    public TimeSpan? LastContact { get; private set; }

    /// <summary>What went wrong last, in words; null after a success.</summary>
    public string? LastError { get; private set; }

    /// <summary>Entries sent and not answered.</summary>
    public int InFlight => _inFlight.Keys.Sum(batch => batch.Lsns.Count);

    /// <summary>There is a new entry.</summary>
    /// <param name="lsn">The entry.</param>
    /// <param name="delayed">Whether it has a simulated lag for this follower that is still to pass.</param>
    /// <returns>Whether the caller shall report <see cref="Due"/> when that lag is over.</returns>
    public bool Appended(long lsn, bool delayed)
    {
        if (Mode == LaneMode.Probe)
        {
            return false; // What is missing is worked out from the next greeting's answer.
        }

        _appendedSinceCatchUp++;

        var direct = !IsPaused && _fresh.Count + _scheduled < limits.FreshQueueMax
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

    /// <summary>Lets the lane send no entries, or send again. A pause lets a snapshot go, which others may need.</summary>
    public void SetPaused(bool isPaused)
    {
        IsPaused = isPaused;
        if (isPaused)
        {
            GiveUpSnapshot();
        }
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
    /// <param name="now">The time.</param>
    /// <param name="maySnapshot">Whether no other lane is sending a snapshot.</param>
    /// <param name="durable">The leader's newest durable LSN.</param>
    /// <param name="newest">The leader's newest LSN, durable or not.</param>
    public LaneStep Next(TimeSpan now, bool maySnapshot = true, long durable = 0, long newest = 0)
    {
        if (Mode == LaneMode.Probe)
        {
            return NextGreeting(now);
        }

        if (!IsPaused && (NextEntries(now) ?? NextOfSnapshot(maySnapshot)) is { } step)
        {
            return step;
        }

        var catchUpAt = !IsPaused && !_missing.IsEmpty && now < _catchUpAt ? _catchUpAt : (TimeSpan?)null;
        if (_inFlight.Count > 0)
        {
            return new LaneStep.Wait(catchUpAt);
        }

        var heartbeatAt = LastContact + (durable > _told ? limits.TellInterval : limits.HeartbeatInterval);
        if (now >= heartbeatAt)
        {
            return Send(BatchKind.Heartbeat, []);
        }

        // The leader's own fsync may end after the follower's, and nothing wakes the lane then.
        var lookAt = newest > durable ? Earlier(heartbeatAt, now + limits.TellInterval) : heartbeatAt;
        return new LaneStep.Wait(Earlier(catchUpAt, lookAt));
    }

    /// <summary>The next message says that the leader has everything up to <paramref name="durable"/> on its disk.</summary>
    public void Tell(long durable) => _told = durable;

    /// <summary>Only the first <paramref name="count"/> entries of a batch fit into one message; the others go later.</summary>
    /// <returns>The batch that is sent instead.</returns>
    public LaneBatch Shorten(LaneBatch batch, int count)
    {
        var shorter = batch with { Lsns = [.. batch.Lsns.Take(count)] };
        if (_inFlight.Remove(batch, out var sentAt))
        {
            _inFlight.Add(shorter, sentAt);
            AddAll(batch.Kind == BatchKind.CatchUp ? _missing : _retry, batch.Lsns.Skip(count));
        }

        return shorter;
    }

    /// <summary>A message leaves now, after its simulated lag: from here on its follower is expected to answer.</summary>
    public void SendStarted(LaneBatch batch, TimeSpan now)
    {
        if (_inFlight.ContainsKey(batch))
        {
            _inFlight[batch] = now;
        }
    }

    /// <summary>The follower has every entry of the batch on its disk.</summary>
    /// <returns>Whether the answer counts: one to a batch sent before the lane last went to probe does not.</returns>
    public bool SendSucceeded(LaneBatch batch, TimeSpan now)
    {
        if (!_inFlight.Remove(batch, out var sentAt))
        {
            return false;
        }

        PaceCatchUp(batch, sentAt, now);
        AddAll(Confirmed, batch.Lsns);
        (LastContact, LastError, _failures) = (now, null, 0);
        return true;
    }

    /// <summary>A send failed, or was refused: its entries come back, and the lane asks the follower anew.</summary>
    /// <param name="batch">What was sent.</param>
    /// <param name="error">What went wrong, in words.</param>
    /// <param name="now">The time.</param>
    /// <param name="isAnswered">Whether the follower answered at all.</param>
    /// <param name="refusal">Why it refused; null when it did not.</param>
    /// <returns>Whether that is news: the lane had not gone to probe since the batch was begun.</returns>
    public bool SendFailed(LaneBatch batch, string error, TimeSpan now, bool isAnswered = false, FollowerRefusal? refusal = null)
    {
        if (!_inFlight.ContainsKey(batch))
        {
            return false;
        }

        LastError = error;
        GoToProbe(now);
        if (isAnswered)
        {
            (_answered, LastContact) = (true, now);
        }

        _takesNoGaps |= refusal == FollowerRefusal.TooManyRanges;
        return true;
    }

    /// <summary>The connection to the follower ended: what is under way comes back, and the lane asks the follower anew.</summary>
    /// <param name="generation">Of the <see cref="LaneStep.Greet"/> after which it was opened.</param>
    /// <param name="error">What went wrong, in words.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether that is news: the lane had not gone to probe since.</returns>
    public bool ConnectionLost(int generation, string error, TimeSpan now)
    {
        if (generation != Generation || Mode == LaneMode.Probe)
        {
            return false;
        }

        LastError = error;
        GoToProbe(now);
        return true;
    }

    /// <summary>The leader's log holds nothing up to <paramref name="cut"/> any more.</summary>
    public void LogCut(long cut)
    {
        _cut = cut;
        if (Mode != LaneMode.Probe)
        {
            SettleMode();
        }
    }

    /// <summary>The entry is not sent any more, whoever lacks it: the mistake <see cref="PlantedBug.SendCancelledAtQuorum"/>.</summary>
    public void Forget(long lsn)
    {
        _missing.Remove(new LsnRange(lsn, lsn));
        _retry.Remove(new LsnRange(lsn, lsn));
        for (var count = _fresh.Count; count > 0; count--)
        {
            if (_fresh.Dequeue() is var fresh && fresh != lsn)
            {
                _fresh.Enqueue(fresh);
            }
        }
    }

    // What the log does not hold any more can only come with a snapshot.
    private void SettleMode()
    {
        if (_retry.RemoveUpTo(_cut) is { IsEmpty: false } gone)
        {
            _missing.Add(gone);
        }

        if (_snapshot is { } open)
        {
            _missing.RemoveUpTo(open.Lsn);
            Mode = LaneMode.Snapshot;
        }
        else
        {
            Mode = _missing is { IsEmpty: false } && _missing.Min <= _cut ? LaneMode.Snapshot : LaneMode.Replicate;
        }

        _takesNoGaps &= Mode == LaneMode.Snapshot;
    }

    // Entries that are refused would send the lane to probe, again and again, and the snapshot would come by one part a greeting.
    private LaneStep.Send? NextEntries(TimeSpan now) => _takesNoGaps ? null : NextFresh() ?? NextOlder(now);

    // Fresh entries have slots of their own, so that catching up never holds them back.
    private LaneStep.Send? NextFresh()
    {
        var (batches, entries) = CountInFlight(isFresh: true);
        if (_fresh.Count == 0 || batches >= limits.FreshBatchesInFlight || entries >= limits.FreshEntriesInFlight)
        {
            return null;
        }

        var lsns = new long[Math.Min(_fresh.Count, limits.FreshEntriesPerBatch)];
        for (var i = 0; i < lsns.Length; i++)
        {
            lsns[i] = _fresh.Dequeue();
        }

        return Send(BatchKind.Fresh, lsns);
    }

    private LaneStep.Send? NextOlder(TimeSpan now)
    {
        if (CountInFlight(isFresh: false).Batches >= CatchUpBatchesInFlight)
        {
            return null;
        }

        // Before the snapshot's LSN is known, so is not what it leaves to catch up.
        var hasMissing = !_missing.IsEmpty && (Mode != LaneMode.Snapshot || _snapshot is not null);

        // What came back goes ahead of a long backlog, since clients may wait for it; but the first after a greeting is the
        // lowest. A follower with as many gaps as it keeps account of takes nothing but what continues its watermark: were
        // it sent something else first, it would refuse that, be greeted, and be sent the same again for ever.
        var isRetryFirst = !hasMissing || _retry.Min < _missing.Min || (_hasContinued && Confirmed.Ranges.Count < limits.HoldingRangesMax)
            || PlantedBugs.Has(PlantedBug.RetryBeforeGaps);
        if (!_retry.IsEmpty && isRetryFirst)
        {
            _hasContinued = true;
            return Send(BatchKind.Retry, _retry.TakeLowest(limits.CatchUpEntriesPerBatch));
        }

        if (hasMissing && now >= _catchUpAt)
        {
            _hasContinued = true;
            return Send(BatchKind.CatchUp, _missing.TakeLowest(CatchUpEntriesPerBatch));
        }

        return null;
    }

    private LaneStep.Send Send(BatchKind kind, IReadOnlyList<long> lsns, SnapshotPosition? snapshot = null)
    {
        var batch = new LaneBatch(kind, lsns, snapshot);
        _inFlight.Add(batch, null);
        return new LaneStep.Send(batch);
    }

    private (int Batches, int Entries) CountInFlight(bool isFresh)
    {
        var (batches, entries) = (0, 0);
        foreach (var batch in _inFlight.Keys)
        {
            if (batch.Kind != BatchKind.Snapshot && (batch.Kind == BatchKind.Fresh) == isFresh)
            {
                batches++;
                entries += batch.Lsns.Count;
            }
        }

        return (batches, entries);
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private static void AddAll(LsnRangeSet to, IEnumerable<long> lsns)
    {
        foreach (var lsn in lsns)
        {
            to.Add(lsn);
        }
    }
}

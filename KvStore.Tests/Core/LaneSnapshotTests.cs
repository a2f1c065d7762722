using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class LaneSnapshotTests
{
    private const string Cluster = "cluster-a";
    private static readonly Epoch Epoch = new(5, 0xabc);
    private static readonly LaneLimits Limits = new() { CatchUpBatchesInFlight = 1, FreshBatchesInFlight = 1, SnapshotPatience = TimeSpan.FromSeconds(30) };
    private static readonly byte[] KeyB = [0x62];
    private static readonly byte[] KeyD = [0x64];

    private TimeSpan _now = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_lane_that_lacks_what_was_cut_asks_for_a_view_and_sends_nothing_older_before_it_is_there()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: [new LsnRange(1, 4)]);

        Assert.Equal(LaneMode.Snapshot, lane.Mode);
        Assert.Equal(lane.Generation, Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now)).Generation);
        Assert.True(lane.HoldsSnapshot);
        IsWaiting(lane);
    }

    [Fact]
    public void A_lane_that_lacks_only_what_the_log_holds_needs_no_snapshot()
    {
        var lane = Greeted(cut: 10, lastLsn: 12, holdings: [new LsnRange(1, 10)]);

        Assert.Equal(LaneMode.Replicate, lane.Mode);
        Assert.Equal([11, 12], NextBatch(lane).Lsns);
        IsWaiting(lane);
    }

    [Fact]
    public void What_lies_above_the_snapshot_comes_from_the_log_and_what_lies_below_does_not()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: [new LsnRange(1, 4)]);

        Open(lane, lsn: 18);

        var older = NextBatch(lane);
        Assert.Equal((BatchKind.CatchUp, LaneMode.Snapshot), (older.Kind, lane.Mode));
        Assert.Equal([19, 20], older.Lsns);
        lane.SendSucceeded(older, _now);
        Assert.Equal(BatchKind.Snapshot, NextBatch(lane).Kind);
        IsWaiting(lane);
    }

    [Fact]
    public void Fresh_entries_go_on_during_a_snapshot_and_count()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2);
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 20);
        var part = NextBatch(core, 0);

        core.Appended(21, 1, _now);
        var fresh = NextBatch(core, 0);

        Assert.Equal((BatchKind.Snapshot, BatchKind.Fresh), (part.Kind, fresh.Kind));
        Assert.Equal([21], fresh.Lsns);
        Assert.Equal([new QuorumReached(21, 1)], core.SendSucceeded(0, fresh, _now));
        Assert.Equal(LaneMode.Snapshot, core.Lanes[0].Mode);
    }

    [Fact]
    public void A_leader_sends_one_snapshot_at_a_time()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2);
        Greet(core, 0);
        Greet(core, 1);
        var open = Assert.IsType<LaneStep.OpenSnapshot>(core.Next(0, _now));
        Assert.IsType<LaneStep.Wait>(core.Next(1, _now));
        Assert.True(core.Lanes[0] is { HoldsSnapshot: true, SnapshotLsn: null });

        Assert.True(core.Lanes[0].SnapshotOpened(open.Generation, 20));
        Assert.IsType<LaneStep.Wait>(core.Next(1, _now));
        Assert.Equal(20, core.SnapshotLsn);
        Assert.False(core.Lanes[1].HoldsSnapshot);

        core.ChunkConfirmed(0, NextBatch(core, 0), new SnapshotPosition(20, KeyB, 1), isLast: true, _now);
        Assert.Null(core.SnapshotLsn);
        Assert.IsType<LaneStep.OpenSnapshot>(core.Next(1, _now));
        Assert.Equal(LaneMode.Replicate, core.Lanes[0].Mode);
    }

    [Fact]
    public void Parts_go_one_at_a_time_and_each_begins_after_the_last_key_of_the_one_before()
    {
        var lane = WithSnapshot(lsn: 20);
        var first = NextBatch(lane);
        Assert.Equal((20, 0, 0), (first.Snapshot!.Lsn, first.Snapshot.AfterKey.Length, first.Snapshot.Rows));
        IsWaiting(lane);

        Assert.True(lane.ChunkConfirmed(first, new SnapshotPosition(20, KeyB, 2), isLast: false, _now));

        var second = NextBatch(lane);
        Assert.Equal((20, 2), (second.Snapshot!.Lsn, second.Snapshot.Rows));
        Assert.Equal(KeyB, second.Snapshot.AfterKey);
        Assert.Equal(2, lane.SnapshotRows);
        IsWaiting(lane);
    }

    [Fact]
    public void A_follower_that_takes_no_more_gaps_gets_the_snapshot_and_no_entries_until_it_is_in_place()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 1);
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 20);
        core.Numbered([new NumberedEntry(21, Delays: null)], _now);
        var refused = NextBatch(core, 0);
        Assert.Equal(BatchKind.Fresh, refused.Kind);
        core.SendFailed(0, refused, "too many gaps", _now, isAnswered: true, FollowerRefusal.TooManyRanges);
        Assert.Equal(FollowerState.Stalled, core.Lanes[0].ProgressAt(_now, 21).State);

        Greet(core, 0);
        for (var rows = 2; rows <= 4; rows += 2)
        {
            var part = NextBatch(core, 0);
            Assert.Equal(BatchKind.Snapshot, part.Kind);
            core.ChunkConfirmed(0, part, new SnapshotPosition(20, KeyB, rows), isLast: rows == 4, _now);
        }

        Assert.Equal([21], NextBatch(core, 0).Lsns);
    }

    [Fact]
    public void A_part_that_is_confirmed_after_the_lane_went_to_probe_does_not_count()
    {
        var lane = WithSnapshot(lsn: 20);
        var part = NextBatch(lane);
        lane.SendFailed(part, "timed out", _now);

        Assert.False(lane.ChunkConfirmed(part, new SnapshotPosition(20, KeyB, 2), isLast: true, _now));

        Assert.True(lane.Confirmed.IsEmpty);
        Assert.Equal(20, lane.SnapshotLsn);
    }

    [Fact]
    public void After_a_failed_send_a_snapshot_goes_on_where_the_follower_says_it_is()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 1);
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 20);
        core.SendFailed(0, NextBatch(core, 0), "connection reset", _now);

        // The part had arrived, and its answer was lost.
        Greet(core, 0, install: new SnapshotInstall(Epoch, 20, KeyD, 4));

        var next = NextBatch(core, 0);
        Assert.Equal(BatchKind.Snapshot, next.Kind);
        Assert.Equal(KeyD, next.Snapshot!.AfterKey);
        Assert.Equal((20, 4), (next.Snapshot.Lsn, next.Snapshot.Rows));
    }

    public static TheoryData<string, long, ulong, string> OtherInstalls => new()
    {
        // what is different, the LSN and run id that the follower reports, its store
        { "another LSN", 19, 0xabc, "store-0" },
        { "another epoch", 20, 0xdef, "store-0" },
        { "another store, which has nothing", 0, 0, "store-0-after-the-wipe" },
    };

    [Theory]
    [MemberData(nameof(OtherInstalls))]
    public void It_begins_from_the_start_where_the_follower_has_nothing_of_it(string what, long lsn, ulong runId, string store)
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 1);
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 20);
        core.ChunkConfirmed(0, NextBatch(core, 0), new SnapshotPosition(20, KeyB, 2), isLast: false, _now);
        core.SendFailed(0, NextBatch(core, 0), what, _now);

        Greet(core, 0, store: store, install: lsn == 0 ? null : new SnapshotInstall(new Epoch(5, runId), lsn, KeyD, 4));

        var next = NextBatch(core, 0);
        Assert.Equal((BatchKind.Snapshot, 20, 0, 0), (next.Kind, next.Snapshot!.Lsn, next.Snapshot.AfterKey.Length, next.Snapshot.Rows));
    }

    [Fact]
    public void A_follower_that_turns_out_to_hold_the_snapshot_gets_none_of_it()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 1);
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 18);
        core.SendFailed(0, NextBatch(core, 0), "connection reset", _now);

        Greet(core, 0, holdings: [new LsnRange(1, 18)]);

        Assert.Null(core.SnapshotLsn);
        Assert.Equal(LaneMode.Replicate, core.Lanes[0].Mode);
        Assert.Equal([19, 20], NextBatch(core, 0).Lsns);
    }

    [Fact]
    public void The_last_part_confirms_everything_up_to_the_snapshot_and_completes_waiting_writes()
    {
        var core = NewCore(lastLsn: 18, cut: 10, lanes: 2);
        core.Appended(19, 1, _now);
        core.Appended(20, 1, _now);
        core.Appended(21, 1, _now);
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 20);
        core.SendFailed(0, NextBatch(core, 0), "the entry above it is not there yet", _now);
        Greet(core, 0);
        var part = NextOf(core, 0, BatchKind.Snapshot);
        Assert.Empty(core.ChunkConfirmed(0, part, new SnapshotPosition(20, KeyB, 2), isLast: false, _now));
        Assert.Equal(0, core.ReplicatedTo(20));

        var reached = core.ChunkConfirmed(0, NextOf(core, 0, BatchKind.Snapshot), new SnapshotPosition(20, KeyD, 3), isLast: true, _now);

        Assert.Equal([new QuorumReached(19, 1), new QuorumReached(20, 1)], reached.OrderBy(write => write.Lsn));
        Assert.Equal([new LsnRange(1, 20)], core.Lanes[0].Confirmed.Ranges);
        Assert.Equal(20, core.CommitLsn);
        Assert.Equal((LaneMode.Replicate, null), (core.Lanes[0].Mode, core.SnapshotLsn));
    }

    [Fact]
    public void A_view_is_let_go_when_its_follower_has_been_silent_for_too_long()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2);
        Greet(core, 0);
        Greet(core, 1);
        OpenSnapshot(core, 0, lsn: 20);
        core.SendFailed(0, NextBatch(core, 0), "timed out", _now);
        var silentFrom = _now;

        while (_now - silentFrom < Limits.SnapshotPatience - TimeSpan.FromSeconds(2))
        {
            FailGreeting(core, 0);
            Assert.Equal(20, core.SnapshotLsn);
        }

        _now = silentFrom + Limits.SnapshotPatience;
        FailGreeting(core, 0);
        FailGreeting(core, 0);
        Assert.Null(core.SnapshotLsn);
        Assert.IsType<LaneStep.OpenSnapshot>(core.Next(1, _now));

        // Its follower begins anew when it is back, after the other one.
        Greet(core, 0, install: new SnapshotInstall(Epoch, 20, KeyB, 2));
        Assert.Equal(LaneMode.Snapshot, core.Lanes[0].Mode);
        IsWaiting(core.Lanes[0], maySnapshot: false);
        Assert.IsType<LaneStep.OpenSnapshot>(core.Lanes[0].Next(_now));
    }

    [Fact]
    public void A_snapshot_that_the_logs_limits_have_passed_is_given_up_for_a_newer_one()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2, new LogLimits { EntriesKept = 0, EntriesMax = 16 });
        Greet(core, 0);
        OpenSnapshot(core, 0, lsn: 20);
        var part = NextBatch(core, 0);
        Append(core, 21, 36);
        core.CutLog(nowMs: 0);
        Assert.Equal((20, 20), (core.SnapshotLsn, core.CutLsn));

        Append(core, 37, 40);

        Assert.Equal(24, core.CutLog(nowMs: 0));
        Assert.Null(core.SnapshotLsn);
        Assert.Equal(LaneMode.Snapshot, core.Lanes[0].Mode);
        core.ChunkConfirmed(0, part, new SnapshotPosition(20, KeyB, 2), isLast: false, _now);
        Assert.Null(core.SnapshotLsn);
        core.SendSucceeded(0, NextOf(core, 0, BatchKind.Fresh), _now);
        OpenSnapshot(core, 0, lsn: 40);
        Assert.Equal((40, 0), (NextOf(core, 0, BatchKind.Snapshot).Snapshot!.Lsn, core.Lanes[0].SnapshotRows));
    }

    [Fact]
    public void The_log_above_a_running_snapshot_stays_for_the_follower_that_gets_it()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2, new LogLimits { EntriesKept = 0, EntriesMax = 1000 });
        Greet(core, 0, holdings: [new LsnRange(1, 20)]);
        Greet(core, 1);
        OpenSnapshot(core, 1, lsn: 20);

        Append(core, 21, 40);
        core.SendSucceeded(0, NextOf(core, 0, BatchKind.Fresh), _now);

        Assert.Equal(10, core.CutLog(nowMs: 0));
        Assert.Equal(20, core.SnapshotLsn);
    }

    [Fact]
    public void A_cut_that_passes_what_a_replicating_lane_is_missing_turns_it_to_a_snapshot()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: [new LsnRange(1, 10)]);
        Assert.Equal(LaneMode.Replicate, lane.Mode);

        lane.LogCut(10);
        Assert.Equal(LaneMode.Replicate, lane.Mode);
        lane.LogCut(11);

        Assert.Equal(LaneMode.Snapshot, lane.Mode);
        Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
    }

    [Fact]
    public void A_cut_that_passes_what_a_failed_send_gave_back_turns_it_to_a_snapshot_as_well()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: [new LsnRange(1, 10)]);
        lane.SendFailed(NextBatch(lane), "connection reset", _now);

        lane.LogCut(15);
        Greet(lane, lastLsn: 20, holdings: [new LsnRange(1, 10)]);

        Assert.Equal(LaneMode.Snapshot, lane.Mode);
        var retry = NextBatch(lane);
        Assert.Equal(BatchKind.Retry, retry.Kind);
        Assert.Equal([16, 17, 18, 19, 20], retry.Lsns);
    }

    [Fact]
    public void A_view_that_nobody_wants_any_more_is_refused()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: []);
        lane.Appended(21, delayed: false);
        var fresh = NextBatch(lane);
        var open = Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
        lane.SendFailed(fresh, "connection reset", _now);

        Assert.False(lane.SnapshotOpened(open.Generation, 21));

        Assert.False(lane.HoldsSnapshot);
    }

    [Fact]
    public void A_view_that_is_older_than_the_cut_is_refused_and_another_is_asked_for()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: []);
        var open = Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
        lane.LogCut(19);

        Assert.False(lane.SnapshotOpened(open.Generation, 18));

        Open(lane, lsn: 20);
        Assert.Equal(20, lane.SnapshotLsn);
    }

    [Fact]
    public void A_view_that_could_not_be_had_is_an_error_of_the_lane_which_asks_again_later()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: []);
        var open = Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));

        lane.SnapshotNotOpened(open.Generation, "the disk does not read", _now);

        Assert.Equal((LaneMode.Probe, "the disk does not read"), (lane.Mode, lane.LastError));
        Assert.False(lane.HoldsSnapshot);
        Greet(lane, lastLsn: 20, holdings: []);
        Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
    }

    [Fact]
    public void A_paused_lane_sends_nothing_but_heartbeats_and_catches_up_when_it_is_resumed()
    {
        var lane = Greeted(cut: 0, lastLsn: 2, holdings: []);
        lane.SetPaused(true);
        lane.Appended(3, delayed: false);
        Assert.False(lane.Appended(4, delayed: true));

        Assert.Equal(_now + Limits.HeartbeatInterval, Assert.IsType<LaneStep.Wait>(lane.Next(_now)).Until);
        _now += Limits.HeartbeatInterval;
        var heartbeat = NextBatch(lane);
        Assert.Equal((BatchKind.Heartbeat, 0), (heartbeat.Kind, heartbeat.Lsns.Count));
        lane.SendSucceeded(heartbeat, _now);
        IsWaiting(lane);

        lane.SetPaused(false);
        Assert.Equal([1, 2, 3, 4], NextBatch(lane).Lsns);
    }

    [Fact]
    public void A_paused_lane_asks_for_no_snapshot_until_it_is_resumed()
    {
        var lane = Greeted(cut: 10, lastLsn: 20, holdings: []);
        lane.SetPaused(true);

        IsWaiting(lane);
        Assert.False(lane.HoldsSnapshot);

        lane.SetPaused(false);
        Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
    }

    [Fact]
    public void A_follower_that_refuses_for_too_long_lets_the_view_go_for_others()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2);
        Greet(core, 0);
        Greet(core, 1);
        OpenSnapshot(core, 0, lsn: 20);
        core.SendFailed(0, NextBatch(core, 0), "reset", _now);
        for (var second = 0; second < 40; second++)
        {
            _now += TimeSpan.FromSeconds(1);
            if (core.Next(0, _now) is LaneStep.Greet greet)
            {
                core.GreetingAnswered(
                    0, greet.Generation, new GreetingReply(new("follower0", "another store"), null, null, new LsnRangeSet(), FollowerRefusal.Standalone, "by hand"), _now);
            }
        }

        Assert.Null(core.SnapshotLsn);
        Assert.IsType<LaneStep.OpenSnapshot>(core.Next(1, _now));
    }

    [Fact]
    public void A_pause_in_the_middle_of_a_snapshot_lets_the_view_go_for_others()
    {
        var core = NewCore(lastLsn: 20, cut: 10, lanes: 2);
        Greet(core, 0);
        Greet(core, 1);
        OpenSnapshot(core, 0, lsn: 20);

        core.Lanes[0].SetPaused(true);

        Assert.Null(core.SnapshotLsn);
        Assert.IsType<LaneStep.OpenSnapshot>(core.Next(1, _now));
    }

    private Lane Greeted(long cut, long lastLsn, LsnRange[] holdings)
    {
        var lane = new Lane(0, Limits);
        lane.LogCut(cut);
        Greet(lane, lastLsn, holdings);
        return lane;
    }

    private Lane WithSnapshot(long lsn)
    {
        var lane = Greeted(cut: 10, lastLsn: lsn, holdings: []);
        Open(lane, lsn);
        return lane;
    }

    private void Greet(Lane lane, long lastLsn, LsnRange[] holdings)
    {
        _now += Limits.BackoffMax;
        var greet = Assert.IsType<LaneStep.Greet>(lane.Next(_now));
        lane.GreetingAccepted(greet.Generation, new FollowerIdentity("follower1", "store-a"), new LsnRangeSet(holdings), lastLsn, _now);
    }

    private void Open(Lane lane, long lsn)
    {
        var open = Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
        Assert.True(lane.SnapshotOpened(open.Generation, lsn));
    }

    private LaneBatch NextBatch(Lane lane) => Assert.IsType<LaneStep.Send>(lane.Next(_now)).Batch;

    private void IsWaiting(Lane lane, bool maySnapshot = true) => Assert.IsType<LaneStep.Wait>(lane.Next(_now, maySnapshot));

    private static LeaderCore NewCore(long lastLsn, long cut, int lanes, LogLimits? limits = null) => new(
        Cluster, Epoch, lastLsn, new CommitProgress(lastLsn), Retention(limits ?? new LogLimits(), cut, lastLsn), cut, lanes, Limits);

    private static LogRetention Retention(LogLimits limits, long cut, long lastLsn)
    {
        var retention = new LogRetention(limits, [], cut);
        for (var lsn = cut + 1; lsn <= lastLsn; lsn++)
        {
            retention.Append(lsn, 10, 0);
        }

        return retention;
    }

    private void Append(LeaderCore core, long first, long last)
    {
        for (var lsn = first; lsn <= last; lsn++)
        {
            core.Mark(lsn, 10, committedAtMs: 0);
            core.Appended(lsn, 1, _now, isAwaited: false);
        }
    }

    private void Greet(LeaderCore core, int lane, LsnRange[]? holdings = null, string? store = null, SnapshotInstall? install = null)
    {
        _now += Limits.BackoffMax;
        var greet = Assert.IsType<LaneStep.Greet>(core.Next(lane, _now));
        var follower = new FollowerIdentity($"follower{lane}", store ?? $"store-{lane}");
        core.GreetingAnswered(
            lane, greet.Generation, new GreetingReply(follower, Cluster, Epoch, new LsnRangeSet(holdings ?? []), null, null, install), _now);
    }

    private void FailGreeting(LeaderCore core, int lane)
    {
        _now += Limits.BackoffMax;
        var greet = Assert.IsType<LaneStep.Greet>(core.Next(lane, _now));
        core.GreetingFailed(lane, greet.Generation, "no answer", _now);
    }

    private void OpenSnapshot(LeaderCore core, int lane, long lsn)
    {
        var open = Assert.IsType<LaneStep.OpenSnapshot>(core.Next(lane, _now));
        Assert.True(core.Lanes[lane].SnapshotOpened(open.Generation, lsn));
    }

    private LaneBatch NextBatch(LeaderCore core, int lane) => Assert.IsType<LaneStep.Send>(core.Next(lane, _now)).Batch;

    // Passes over what else the lane has to send.
    private LaneBatch NextOf(LeaderCore core, int lane, BatchKind kind)
    {
        LaneBatch batch;
        do
        {
            batch = NextBatch(core, lane);
        }
        while (batch.Kind != kind);

        return batch;
    }
}

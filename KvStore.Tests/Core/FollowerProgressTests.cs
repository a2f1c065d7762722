using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class FollowerProgressTests
{
    private static readonly LaneLimits Limits = new()
    {
        FreshEntriesPerBatch = 4,
        FreshBatchesInFlight = 1,
        CatchUpEntriesPerBatch = 10,
        CatchUpBatchesInFlight = 1,
        StalledAfter = TimeSpan.FromSeconds(1.5),
    };

    private TimeSpan _now = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_follower_that_has_everything_is_healthy() => Is(Greeted(holdings: 7, lastLsn: 7), 7, FollowerState.Healthy, null);

    [Fact]
    public void A_follower_that_was_never_greeted_is_unreachable_and_so_is_one_that_does_not_answer()
    {
        var lane = new Lane(0, Limits);
        Is(lane, 0, FollowerState.Unreachable, "has not answered a greeting");

        var greet = Assert.IsType<LaneStep.Greet>(lane.Next(_now));
        lane.GreetingFailed(greet.Generation, "connection refused", _now, answered: false);

        Is(lane, 0, FollowerState.Unreachable, "connection refused");
    }

    [Fact]
    public void A_follower_whose_connection_breaks_is_unreachable_until_it_answers_again()
    {
        var lane = Greeted(holdings: 0, lastLsn: 1);

        lane.SendFailed(NextBatch(lane), "connection reset", _now);
        Is(lane, 1, FollowerState.Unreachable, "connection reset");

        Greet(lane, holdings: 1, lastLsn: 1);
        Is(lane, 1, FollowerState.Healthy, null);
    }

    [Fact]
    public void A_follower_that_refuses_is_stalled_with_its_reason()
    {
        var lane = new Lane(0, Limits);
        var greet = Assert.IsType<LaneStep.Greet>(lane.Next(_now));

        lane.GreetingFailed(greet.Generation, "it holds data of cluster b", _now, answered: true);

        Is(lane, 0, FollowerState.Stalled, "it holds data of cluster b");
    }

    [Fact]
    public void A_follower_that_objects_to_the_leader_is_stalled_with_the_objection()
    {
        var lane = new Lane(0, Limits);
        var greet = Assert.IsType<LaneStep.Greet>(lane.Next(_now));

        lane.GreetingFailed(greet.Generation, "refused", _now, answered: true, objection: "another leader came after it");

        Is(lane, 0, FollowerState.Stalled, "another leader came after it");
    }

    [Fact]
    public void A_paused_follower_is_stalled_and_the_cause_says_how_to_end_that()
    {
        var lane = Greeted(holdings: 3, lastLsn: 3);

        lane.SetPaused(true);

        Is(lane, 3, FollowerState.Stalled, "POST /admin/replication/follower1/resume");
    }

    [Fact]
    public void A_follower_that_does_not_answer_what_was_sent_in_time_is_stalled()
    {
        var lane = Greeted(holdings: 0, lastLsn: 0);
        lane.Appended(1, delayed: false);
        var batch = NextBatch(lane);
        lane.SendStarted(batch, _now);

        _now += Limits.StalledAfter;
        Is(lane, 1, FollowerState.Healthy, null);
        _now += TimeSpan.FromSeconds(0.5);
        Is(lane, 1, FollowerState.Stalled, "2.0 s");

        lane.SendSucceeded(batch, _now);
        Is(lane, 1, FollowerState.Healthy, null);
    }

    [Fact]
    public void A_later_message_and_its_answer_do_not_hide_that_an_earlier_one_is_not_answered()
    {
        var lane = Greeted(holdings: 0, lastLsn: 5);
        lane.SendStarted(NextBatch(lane), _now);

        _now += TimeSpan.FromSeconds(1);
        lane.Appended(6, delayed: false);
        var fresh = NextBatch(lane);
        lane.SendStarted(fresh, _now);
        _now += TimeSpan.FromSeconds(1);
        Is(lane, 6, FollowerState.Stalled, "2.0 s");

        lane.SendSucceeded(fresh, _now);
        Is(lane, 6, FollowerState.Stalled, "2.0 s");
    }

    [Fact]
    public void Simulated_lag_alone_leaves_a_follower_healthy()
    {
        var lane = Greeted(holdings: 0, lastLsn: 0);
        for (var lsn = 1L; lsn <= 200; lsn++)
        {
            Assert.True(lane.Appended(lsn, delayed: true));
            lane.Observe(_now, lsn);
            _now += TimeSpan.FromMilliseconds(100);
            Is(lane, lsn, FollowerState.Healthy, null);

            // Each entry is due two seconds after it was appended, which is longer than a message may take.
            if (lsn > 20)
            {
                lane.Due(lsn - 20, lane.Generation);
                var batch = NextBatch(lane);
                lane.SendStarted(batch, _now);
                lane.SendSucceeded(batch, _now);
            }
        }
    }

    [Fact]
    public void The_lag_of_a_batch_does_not_count_as_waiting_for_its_answer()
    {
        var lane = Greeted(holdings: 0, lastLsn: 5);
        var batch = NextBatch(lane);

        _now += TimeSpan.FromSeconds(10);
        Is(lane, 5, FollowerState.CatchingUp, "5 entries");

        lane.SendStarted(batch, _now);
        Is(lane, 5, FollowerState.CatchingUp, "5 entries");
    }

    [Fact]
    public void A_follower_that_gets_older_entries_faster_than_new_ones_come_is_catching_up()
    {
        var lane = Greeted(holdings: 0, lastLsn: 100);
        lane.Observe(_now, 100);
        Is(lane, 100, FollowerState.CatchingUp, "100 entries");

        CatchUp(lane, seconds: 2, lastLsn: 100);
        lane.Appended(101, delayed: false);

        // 20 entries were confirmed in two seconds, and one came.
        var progress = lane.ProgressAt(_now, 101);
        Assert.Equal(FollowerState.CatchingUp, progress.State);
        Assert.Contains("81 entries", progress.Cause);
        Assert.Equal(10, progress.EntriesPerSecond, tolerance: 0.01);
        Assert.Equal(81 / 9.5, progress.TimeToCatchUp!.Value.TotalSeconds, tolerance: 0.01);
    }

    [Fact]
    public void A_follower_that_confirms_less_than_comes_is_falling_behind()
    {
        var lane = Greeted(holdings: 0, lastLsn: 100);
        lane.Observe(_now, 100);

        CatchUp(lane, seconds: 2, lastLsn: 160);

        var progress = lane.ProgressAt(_now, 160);
        Assert.Equal(FollowerState.FallingBehind, progress.State);
        Assert.Contains("10 entries/s, and 30 come", progress.Cause);
        Assert.Null(progress.TimeToCatchUp);
    }

    [Fact]
    public void A_follower_to_whom_fresh_entries_pile_up_is_falling_behind()
    {
        var lane = Greeted(holdings: 0, lastLsn: 0);
        lane.Observe(_now, 0);
        lane.Appended(1, delayed: false);
        lane.SendStarted(NextBatch(lane), _now);
        _now += TimeSpan.FromSeconds(1);

        for (var lsn = 2; lsn <= 5; lsn++)
        {
            lane.Appended(lsn, delayed: false);
        }

        Is(lane, 5, FollowerState.Healthy, null);
        lane.Appended(6, delayed: false);
        Is(lane, 6, FollowerState.FallingBehind, "0 entries/s, and 6 come");
    }

    [Fact]
    public void A_follower_that_lacks_what_was_cut_waits_for_a_snapshot_and_then_gets_one()
    {
        var lane = new Lane(0, Limits);
        lane.LogCut(10);
        Greet(lane, holdings: 4, lastLsn: 20);
        Is(lane, 20, FollowerState.Snapshot, "up to LSN 10), and waits for a snapshot");

        var open = Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
        lane.SnapshotOpened(open.Generation, 20);
        lane.ChunkConfirmed(NextBatch(lane), new SnapshotPosition(20, [0x61], 7), isLast: false, _now);
        Is(lane, 20, FollowerState.Snapshot, "the state at LSN 20: 7 keys");

        lane.ChunkConfirmed(NextBatch(lane), new SnapshotPosition(20, [0x62], 8), isLast: true, _now);
        Is(lane, 20, FollowerState.Healthy, null);
    }

    [Fact]
    public void A_follower_that_does_not_answer_a_part_of_a_snapshot_is_stalled()
    {
        var lane = new Lane(0, Limits);
        lane.LogCut(10);
        Greet(lane, holdings: 0, lastLsn: 20);
        var open = Assert.IsType<LaneStep.OpenSnapshot>(lane.Next(_now));
        lane.SnapshotOpened(open.Generation, 20);
        lane.SendStarted(NextBatch(lane), _now);

        _now += TimeSpan.FromSeconds(2);

        Is(lane, 20, FollowerState.Stalled, "2.0 s");
    }

    [Fact]
    public void Rates_are_of_the_last_seconds_and_need_half_of_one()
    {
        var window = new ProgressWindow();
        Assert.Equal((0, 0), window.RatesAt(TimeSpan.Zero, 5, 5));

        window.Observe(TimeSpan.Zero, 0, 0);
        Assert.Equal((0, 0), window.RatesAt(TimeSpan.FromSeconds(0.4), 100, 100));
        Assert.Equal((200, 100), window.RatesAt(TimeSpan.FromSeconds(0.5), 100, 50));

        // A burst is forgotten after some seconds.
        window.Observe(TimeSpan.FromSeconds(1), 1000, 1000);
        for (var second = 2; second <= 7; second++)
        {
            window.Observe(TimeSpan.FromSeconds(second), 1000 + second, 1000 + (2 * second));
        }

        Assert.Equal((1, 2), window.RatesAt(TimeSpan.FromSeconds(7), 1007, 1014));
        window.Clear();
        Assert.Equal((0, 0), window.RatesAt(TimeSpan.FromSeconds(8), 1007, 1014));
    }

    [Fact]
    public void A_wiped_follower_is_measured_anew()
    {
        var lane = Greeted(holdings: 100, lastLsn: 100);
        lane.Observe(_now, 100);
        lane.Appended(101, delayed: false);
        lane.SendFailed(NextBatch(lane), "another store", _now);
        Greet(lane, holdings: 0, lastLsn: 101, store: "store-b");
        lane.Observe(_now, 101);
        lane.SendSucceeded(NextBatch(lane), _now);

        CatchUp(lane, seconds: 2, lastLsn: 101);

        Assert.Equal(10.5, lane.ProgressAt(_now, 101).EntriesPerSecond, tolerance: 0.01);
    }

    private void Is(Lane lane, long lastLsn, FollowerState state, string? cause)
    {
        var progress = lane.ProgressAt(_now, lastLsn);
        Assert.True(state == progress.State, $"{progress.State} came instead of {state}: {progress.Cause}");
        if (cause is null)
        {
            Assert.Null(progress.Cause);
        }
        else
        {
            Assert.Contains(cause, progress.Cause, StringComparison.Ordinal);
        }
    }

    private Lane Greeted(long holdings, long lastLsn)
    {
        var lane = new Lane(0, Limits);
        Greet(lane, holdings, lastLsn);
        return lane;
    }

    private void Greet(Lane lane, long holdings, long lastLsn, string store = "store-a")
    {
        _now += Limits.BackoffMax;
        var greet = Assert.IsType<LaneStep.Greet>(lane.Next(_now));
        var held = holdings == 0 ? new LsnRangeSet() : new LsnRangeSet(new LsnRange(1, holdings));
        lane.GreetingAccepted(greet.Generation, new FollowerIdentity("follower1", store), held, lastLsn, _now);
    }

    // One batch of ten older entries a second.
    private void CatchUp(Lane lane, int seconds, long lastLsn)
    {
        for (var second = 0; second < seconds; second++)
        {
            var batch = NextBatch(lane);
            lane.SendStarted(batch, _now);
            _now += TimeSpan.FromSeconds(1);
            lane.SendSucceeded(batch, _now);
            lane.Observe(_now, lastLsn);
        }
    }

    private LaneBatch NextBatch(Lane lane) => Assert.IsType<LaneStep.Send>(lane.Next(_now)).Batch;
}

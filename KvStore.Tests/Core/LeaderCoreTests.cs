using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class LeaderCoreTests
{
    private const string Cluster = "cluster-a";
    private static readonly Epoch Epoch = new(5, 0xabc);
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_write_is_complete_at_its_quorum_th_confirmation_and_not_before(int quorum)
    {
        var core = Leading();
        core.Appended(1, quorum, Now);

        for (var lane = 0; lane < 5; lane++)
        {
            var reached = core.SendSucceeded(lane, NextBatch(core, lane), Now);
            Assert.Equal(lane + 1 == quorum ? [new QuorumReached(1, quorum)] : [], reached);
        }

        Assert.Equal(5, core.ReplicatedTo(1));
    }

    [Fact]
    public void Confirmations_that_are_faster_than_the_leaders_own_fsync_count_when_it_has_ended()
    {
        var core = Leading();
        core.Numbered([new NumberedEntry(1, Delays: null)], Now);
        for (var lane = 0; lane < 3; lane++)
        {
            Assert.Empty(core.SendSucceeded(lane, NextBatch(core, lane), Now));
        }

        Assert.Equal((0, 1, 0), (core.LastLsn, core.NewestLsn, core.CommitLsn));

        Assert.Equal([new QuorumReached(1, 3)], core.Durable([new DurableEntry(1, 2, IsAwaited: true)]));
        Assert.Equal((1, 1, 1), (core.LastLsn, core.NewestLsn, core.CommitLsn));
    }

    [Fact]
    public void A_follower_that_is_greeted_during_the_leaders_own_fsync_gets_the_entries_and_may_hold_them()
    {
        var core = Leading();
        core.Numbered([new NumberedEntry(1, Delays: null)], Now);
        core.SendFailed(0, NextBatch(core, 0), "lost", Now);
        core.SendFailed(1, NextBatch(core, 1), "the answer was lost", Now);

        Greet(core, 0, Now + TimeSpan.FromSeconds(5));
        Greet(core, 1, Now + TimeSpan.FromSeconds(5), holdings: [new LsnRange(1, 1)]);

        Assert.False(core.IsObjectedTo);
        Assert.Equal([1], NextBatch(core, 0).Lsns);
        Assert.Equal(1, core.ReplicatedTo(1));
    }

    [Fact]
    public void Nothing_is_sent_early_while_a_follower_is_of_a_version_that_would_keep_it()
    {
        var core = Leading();
        Assert.True(core.MaySendEarly);

        core.SendFailed(0, Beat(core), "restarted", Now + TimeSpan.FromSeconds(3));
        var greet = Assert.IsType<LaneStep.Greet>(core.Next(0, Now + TimeSpan.FromSeconds(9)));
        var follower = new FollowerIdentity("follower0", "store-0");
        core.GreetingAnswered(0, greet.Generation, new GreetingReply(follower, Cluster, Epoch, new LsnRangeSet(), null, null, GivesUpTail: false), Now);

        Assert.False(core.MaySendEarly);

        static LaneBatch Beat(LeaderCore core) => Assert.IsType<LaneStep.Send>(core.Next(0, Now + TimeSpan.FromSeconds(3))).Batch;
    }

    [Fact]
    public void The_log_is_never_cut_above_what_is_durable_on_the_leader()
    {
        var limits = new LogLimits { EntriesKept = 0 };
        var core = new LeaderCore(Cluster, Epoch, 0, new CommitProgress(0), new LogRetention(limits, [], 0), cutLsn: 0, 1, new LaneLimits());
        Greet(core, 0, Now);
        core.Mark(1, 100, 0);
        core.Appended(1, 1, Now, isAwaited: false);
        core.Mark(2, 100, 0);
        core.Numbered([new NumberedEntry(2, Delays: null)], Now);
        core.SendSucceeded(0, NextBatch(core, 0), Now);

        Assert.Equal(2, core.Lanes[0].Confirmed.Watermark);
        Assert.Equal(1, core.CutLog(nowMs: 0));
    }

    [Fact]
    public void A_follower_is_soon_told_that_the_leader_has_the_last_entries_on_its_disk()
    {
        var limits = new LaneLimits();
        var core = Leading();
        core.Numbered([new NumberedEntry(1, Delays: null)], Now);
        var entries = NextBatch(core, 0);
        Assert.Equal((1, 0, 0), core.Tell(0));
        core.Durable([new DurableEntry(1, 1, IsAwaited: false)]);
        core.SendSucceeded(0, entries, Now);

        Assert.Equal(Now + limits.TellInterval, Assert.IsType<LaneStep.Wait>(core.Next(0, Now)).Until);
        var beat = Assert.IsType<LaneStep.Send>(core.Next(0, Now + limits.TellInterval)).Batch;
        Assert.Empty(beat.Lsns);
        Assert.Equal((1, 1, 0), core.Tell(0));
        core.SendSucceeded(0, beat, Now);

        Assert.Equal(Now + limits.HeartbeatInterval, Assert.IsType<LaneStep.Wait>(core.Next(0, Now)).Until);
    }

    [Fact]
    public void It_is_told_soon_as_well_when_it_was_faster_than_the_leaders_own_fsync()
    {
        var limits = new LaneLimits();
        var core = Leading();
        core.Numbered([new NumberedEntry(1, Delays: null)], Now);
        var entries = NextBatch(core, 0);
        core.Tell(0);
        core.SendSucceeded(0, entries, Now);
        var lookAt = Assert.IsType<LaneStep.Wait>(core.Next(0, Now)).Until;
        Assert.Equal(Now + limits.TellInterval, lookAt);

        // Still under way: it looks again. Then nothing but the clock leads the lane on.
        Assert.Equal(lookAt + limits.TellInterval, Assert.IsType<LaneStep.Wait>(core.Next(0, lookAt!.Value)).Until);
        core.Durable([new DurableEntry(1, 1, IsAwaited: false)]);

        Assert.Empty(Assert.IsType<LaneStep.Send>(core.Next(0, lookAt.Value + limits.TellInterval)).Batch.Lsns);
    }

    [Fact]
    public void A_follower_that_would_keep_what_is_sent_early_is_not_followed_up_during_the_leaders_own_fsync()
    {
        var core = NewCore(lastLsn: 10);
        for (var lane = 1; lane < 5; lane++)
        {
            Greet(core, lane, Now, holdings: [new LsnRange(1, 10)]);
        }

        core.Numbered([new NumberedEntry(11, Delays: null)], Now);
        GreetOld(Now);

        Assert.False(core.MaySendEarly);
        Assert.False(core.IsObjectedTo);
        Assert.Equal(LaneMode.Probe, core.Lanes[0].Mode);

        core.Durable([new DurableEntry(11, 1, IsAwaited: false)]);
        GreetOld(Now + TimeSpan.FromSeconds(5));
        Assert.Equal([11], NextBatch(core, 0).Lsns);

        void GreetOld(TimeSpan now)
        {
            var greet = Assert.IsType<LaneStep.Greet>(core.Next(0, now));
            var follower = new FollowerIdentity("follower0", "store-0");
            core.GreetingAnswered(
                0, greet.Generation, new GreetingReply(follower, Cluster, Epoch, new LsnRangeSet(new LsnRange(1, 10)), null, null, GivesUpTail: false), now);
        }
    }

    [Fact]
    public void A_follower_that_says_that_entries_were_lost_stops_the_leader()
    {
        var core = NewCore(lastLsn: 10);

        Answer(core, 0, Now, new Epoch(4, 1), Cluster, [new LsnRange(1, 8)], FollowerRefusal.LeaderLostEntries);

        Assert.Contains("older than its followers'", Assert.Single(core.Objections));
    }

    [Fact]
    public void One_follower_that_confirms_twice_counts_once()
    {
        var core = Leading();
        core.Appended(1, 2, Now);
        var batch = NextBatch(core, 0);

        Assert.Empty(core.SendSucceeded(0, batch, Now));
        Assert.Empty(core.SendSucceeded(0, batch, Now));

        Assert.Equal(1, core.ReplicatedTo(1));
    }

    [Fact]
    public void A_wiped_followers_confirmations_leave_the_count_of_writes_not_yet_answered()
    {
        var core = Leading();
        core.Appended(1, 3, Now);
        core.SendSucceeded(0, NextBatch(core, 0), Now);
        core.SendSucceeded(1, NextBatch(core, 1), Now);

        // Follower 0 loses its disk and is greeted anew.
        core.Appended(2, 1, Now);
        core.SendFailed(0, NextBatch(core, 0), "other store", Now);
        Greet(core, 0, Now + TimeSpan.FromSeconds(5), store: "store-0b");

        Assert.Equal(1, core.ReplicatedTo(1));
        Assert.DoesNotContain(core.SendSucceeded(2, NextBatch(core, 2), Now), reached => reached.Lsn == 1);
        Assert.Equal(2, core.ReplicatedTo(1));
    }

    [Fact]
    public void Holdings_in_a_greeting_count_for_writes_that_wait()
    {
        var core = Leading();
        core.Appended(1, 1, Now);
        core.SendFailed(0, NextBatch(core, 0), "the answer was lost", Now);

        var reached = Greet(core, 0, Now + TimeSpan.FromSeconds(5), holdings: [new LsnRange(1, 1)]);

        Assert.Equal([new QuorumReached(1, 1)], reached);
    }

    [Fact]
    public void Each_follower_gets_an_entry_when_its_own_lag_is_over()
    {
        var core = Leading();
        var delays = Enumerable.Range(1, 5).Select(i => TimeSpan.FromMilliseconds(i * 100)).ToArray();
        core.Appended(1, 1, Now, delays);

        Assert.Equal(Now + delays[0], core.NextDue);
        var woken = new HashSet<int>();
        core.PassTime(Now + TimeSpan.FromMilliseconds(250), woken);

        Assert.Equal([0, 1], woken.Order());
        Assert.Equal([1], NextBatch(core, 1).Lsns);
        Assert.IsType<LaneStep.Wait>(core.Next(2, Now));
        Assert.Equal(Now + delays[2], core.NextDue);
    }

    [Fact]
    public void Two_addresses_of_one_follower_count_once()
    {
        var core = NewCore(lastLsn: 0);
        Greet(core, 0, Now, node: "follower1");

        Greet(core, 1, Now, node: "follower1");

        Assert.Equal(LaneMode.Probe, core.Lanes[1].Mode);
        Assert.Contains("another address", core.Lanes[1].LastError);
        Assert.False(core.IsObjectedTo);
    }

    [Fact]
    public void A_follower_with_a_newer_epoch_stops_the_leader()
    {
        var core = Leading();
        core.Appended(1, 1, Now);
        core.SendFailed(0, NextBatch(core, 0), "refused", Now);

        Answer(core, 0, Now + TimeSpan.FromSeconds(5), new Epoch(6, 1), Cluster, [], FollowerRefusal.OlderEpoch);

        Assert.Contains("follower0 has stored epoch 6", Assert.Single(core.Objections));
        Assert.IsType<LaneStep.Wait>(core.Next(1, Now));
    }

    [Fact]
    public void A_follower_that_holds_more_than_the_leader_stops_it()
    {
        var core = NewCore(lastLsn: 10);

        Answer(core, 0, Now, Epoch, Cluster, [new LsnRange(1, 12)], refusal: null);

        Assert.Contains("up to LSN 12", Assert.Single(core.Objections));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(10, 0, true)] // It was started again since, and nobody has confirmed what it logged.
    [InlineData(10, 10, false)]
    public void Another_clusters_follower_stops_a_leader_of_whose_writes_none_has_its_quorum_and_no_other(long lastLsn, long commitLsn, bool stops)
    {
        var core = NewCore(lastLsn, commitLsn);

        Answer(core, 0, Now, Epoch, "cluster-b", [new LsnRange(1, 12)], FollowerRefusal.OtherCluster);

        Assert.Equal(stops, core.IsObjectedTo);
        Assert.Equal(LaneMode.Probe, core.Lanes[0].Mode);
        Assert.Contains("cluster", core.Lanes[0].LastError);
    }

    [Fact]
    public void A_leader_that_began_empty_is_not_new_any_more_once_a_write_has_its_quorum()
    {
        var core = NewCore(lastLsn: 0);
        Greet(core, 0, Now);
        Greet(core, 1, Now);
        core.Numbered([new NumberedEntry(1, Delays: null)], Now);
        core.Durable([new DurableEntry(1, 2, IsAwaited: true)]);
        var last = NextBatch(core, 1);
        core.SendSucceeded(0, NextBatch(core, 0), Now);
        Answer(core, 2, Now, Epoch, "cluster-b", [new LsnRange(1, 12)], FollowerRefusal.OtherCluster);
        Assert.True(core.IsObjectedTo);

        core.SendSucceeded(1, last, Now);
        Assert.Equal(1, core.CommitLsn);
        Answer(core, 2, Now + TimeSpan.FromSeconds(5), Epoch, "cluster-b", [new LsnRange(1, 12)], FollowerRefusal.OtherCluster);

        Assert.False(core.IsObjectedTo);
    }

    [Fact]
    public void An_objection_ends_when_the_follower_that_made_it_follows()
    {
        var core = NewCore(lastLsn: 10);
        Answer(core, 0, Now, Epoch, Cluster, [new LsnRange(1, 12)], refusal: null);

        Greet(core, 0, Now + TimeSpan.FromSeconds(5), store: "wiped");

        Assert.False(core.IsObjectedTo);
    }

    [Fact]
    public void Every_lane_counts_as_tried_after_an_answer_or_a_failure()
    {
        var core = NewCore(lastLsn: 0);
        for (var lane = 0; lane < 4; lane++)
        {
            Greet(core, lane, Now);
        }

        Assert.False(core.EveryLaneTried);
        var greet = Assert.IsType<LaneStep.Greet>(core.Next(4, Now));
        core.GreetingFailed(4, greet.Generation, "refused", Now);
        Assert.True(core.EveryLaneTried);
    }

    private static LeaderCore NewCore(long lastLsn, long? commitLsn = null) => new(
        Cluster, Epoch, lastLsn, new CommitProgress(commitLsn ?? lastLsn), new LogRetention(new LogLimits(), [], 0), cutLsn: 0, 5, new LaneLimits());

    private static LeaderCore Leading()
    {
        var core = NewCore(lastLsn: 0);
        for (var lane = 0; lane < 5; lane++)
        {
            Greet(core, lane, Now);
        }

        return core;
    }

    private static IReadOnlyList<QuorumReached> Greet(
        LeaderCore core, int lane, TimeSpan now, string? node = null, string? store = null, LsnRange[]? holdings = null)
    {
        var greet = Assert.IsType<LaneStep.Greet>(core.Next(lane, now));
        var follower = new FollowerIdentity(node ?? $"follower{lane}", store ?? $"store-{lane}");
        return core.GreetingAnswered(lane, greet.Generation, new GreetingReply(follower, Cluster, Epoch, new LsnRangeSet(holdings ?? []), null, null), now);
    }

    private static void Answer(
        LeaderCore core, int lane, TimeSpan now, Epoch epoch, string cluster, LsnRange[] holdings, FollowerRefusal? refusal)
    {
        var greet = Assert.IsType<LaneStep.Greet>(core.Next(lane, now));
        var follower = new FollowerIdentity($"follower{lane}", $"store-{lane}");
        var detail = refusal is null ? null : $"it belongs to cluster {cluster}";
        core.GreetingAnswered(lane, greet.Generation, new GreetingReply(follower, cluster, epoch, new LsnRangeSet(holdings), refusal, detail), now);
    }

    private static LaneBatch NextBatch(LeaderCore core, int lane) => Assert.IsType<LaneStep.Send>(core.Next(lane, Now)).Batch;
}

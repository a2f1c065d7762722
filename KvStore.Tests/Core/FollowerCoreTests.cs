using System.Text;
using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class FollowerCoreTests
{
    private const string Cluster = "cluster-a";
    private static readonly FollowerIdentity Identity = new("follower1", "store-a");
    private static readonly Epoch Stored = new(5, 0xabc);
    private static readonly LeaderEnvelope Leader = new(Cluster, Stored, "store-a");

    public static TheoryData<long, ulong, string, string> Senders => new()
    {
        // counter, run id, cluster, refusal of a greeting ("" for none)
        { 5, 0xabc, Cluster, "" },
        { 6, 0x1, Cluster, "" },
        { 4, 0xabc, Cluster, nameof(FollowerRefusal.OlderEpoch) },
        { 5, 0xdef, Cluster, nameof(FollowerRefusal.SameCounterOtherRun) },
        { 9, 0x1, "cluster-b", nameof(FollowerRefusal.OtherCluster) },
    };

    [Theory]
    [MemberData(nameof(Senders))]
    public void A_greeting_is_accepted_from_the_stored_epoch_or_a_newer_one_of_the_same_cluster(long counter, ulong runId, string cluster, string refusal) =>
        Assert.Equal(refusal, $"{Following().Greeted(new LeaderEnvelope(cluster, new Epoch(counter, runId), null), EpochHistory.Empty)}");

    [Theory]
    [MemberData(nameof(Senders))]
    public void Entries_are_accepted_from_the_stored_epoch_alone(long counter, ulong runId, string cluster, string refusal)
    {
        var expected = refusal.Length == 0 && counter != Stored.Counter ? nameof(FollowerRefusal.NotGreeted) : refusal;

        Assert.Equal(expected, $"{Following().Sent(new LeaderEnvelope(cluster, new Epoch(counter, runId), Identity.StoreId), 1)}");
    }

    [Fact]
    public void Entries_for_another_store_are_refused() =>
        Assert.Equal(FollowerRefusal.OtherStore, Following().Sent(new LeaderEnvelope(Cluster, Stored, "store-before-the-wipe"), 1));

    [Fact]
    public void A_new_follower_takes_the_first_leader_that_greets_it_once_that_is_on_disk()
    {
        var follower = new FollowerCore(Identity, null, null, isStandalone: false, new LsnRangeSet());
        var leader = new LeaderEnvelope(Cluster, Stored, Identity.StoreId);

        Assert.Equal(FollowerRefusal.NotGreeted, follower.Sent(leader, 1));
        Assert.Null(follower.Greeted(leader, EpochHistory.Empty));
        Assert.True(follower.MustPersist(leader));
        Assert.Equal(FollowerRefusal.NotGreeted, follower.Sent(leader, 1));

        follower.EpochPersisted(leader, EpochHistory.Empty, long.MaxValue);
        Assert.False(follower.MustPersist(leader));
        follower.Introduced(EpochHistory.Empty.Begin(Stored, 0));
        Assert.Null(follower.Sent(leader, 1));
    }

    [Fact]
    public void A_standalone_store_follows_nobody()
    {
        var follower = new FollowerCore(Identity, null, null, isStandalone: false, new LsnRangeSet());

        follower.StandalonePersisted();

        Assert.Equal(FollowerRefusal.Standalone, follower.Greeted(new LeaderEnvelope(Cluster, Stored, null), EpochHistory.Empty));
    }

    [Fact]
    public void An_entry_is_held_only_once_it_is_on_disk()
    {
        var follower = Following();

        Assert.True(follower.Lacks(1));
        follower.EntryPersisted(1);
        Assert.False(follower.Lacks(1));
        Assert.Equal(1, follower.Holdings.Watermark);
    }

    [Fact]
    public void A_follower_with_too_many_gaps_takes_only_what_closes_one()
    {
        var follower = new FollowerCore(
            Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet(new LsnRange(1, 1), new LsnRange(3, 3)), rangesMax: 2);
        follower.Introduced(EpochHistory.Empty.Begin(Stored, 0));

        var leader = new LeaderEnvelope(Cluster, Stored, Identity.StoreId);
        Assert.Equal(FollowerRefusal.TooManyRanges, follower.Sent(leader, lowestLsn: 5));
        Assert.Null(follower.Sent(leader, lowestLsn: 2));
        Assert.Null(follower.Sent(leader, lowestLsn: null));
    }

    [Fact]
    public void After_its_start_it_takes_entries_only_from_a_leader_that_has_greeted_it()
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet(new LsnRange(1, 5)));
        var leader = new LeaderEnvelope(Cluster, Stored, Identity.StoreId);

        Assert.Equal(FollowerRefusal.NotGreeted, follower.Sent(leader, 6));
        Assert.Equal(FollowerRefusal.NotGreeted, follower.Sent(leader, null));

        follower.Introduced(EpochHistory.Empty.Begin(Stored, 0));
        Assert.Null(follower.Sent(leader, 6));
    }

    [Fact]
    public void The_first_chunk_begins_a_snapshot_and_one_after_the_last_key_continues_it()
    {
        var follower = Following();
        Assert.Equal((ChunkDecision.Begin, null), follower.ChunkSent(Leader, 20, []));

        follower.SnapshotAdvanced(new SnapshotInstall(Stored, 20, "k"u8.ToArray(), 3));

        Assert.Equal((ChunkDecision.Continue, null), follower.ChunkSent(Leader, 20, "k"u8));
    }

    public static TheoryData<string, long, string> ChunksOutOfStep => new()
    {
        // what is wrong, LSN, the key that the chunk follows; the follower has taken in LSN 20 up to k
        { "the first chunk once more", 20, "" },
        { "an earlier chunk once more", 20, "a" },
        { "a chunk beyond the next", 20, "x" },
        { "the middle of another snapshot", 30, "k" },
    };

    [Theory]
    [MemberData(nameof(ChunksOutOfStep))]
    public void A_chunk_that_does_not_continue_the_snapshot_is_out_of_step(string what, long lsn, string afterKey)
    {
        var follower = Following();
        follower.SnapshotAdvanced(new SnapshotInstall(Stored, 20, "k"u8.ToArray(), 3));

        Assert.True(
            follower.ChunkSent(Leader, lsn, Encoding.UTF8.GetBytes(afterKey)) == (ChunkDecision.Refuse, FollowerRefusal.SnapshotOutOfStep), what);
    }

    [Fact]
    public void A_chunk_from_the_middle_is_out_of_step_for_a_follower_that_takes_in_none() =>
        Assert.Equal((ChunkDecision.Refuse, FollowerRefusal.SnapshotOutOfStep), Following().ChunkSent(Leader, 20, "k"u8));

    [Fact]
    public void The_first_chunk_of_another_snapshot_begins_anew()
    {
        var follower = Following();
        follower.SnapshotAdvanced(new SnapshotInstall(Stored, 20, "k"u8.ToArray(), 3));

        Assert.Equal((ChunkDecision.Begin, null), follower.ChunkSent(Leader, 30, []));
    }

    [Fact]
    public void A_snapshot_of_another_epoch_is_abandoned_at_the_greeting_and_continued_by_no_chunk()
    {
        var follower = Following();
        var newer = Leader with { Epoch = new Epoch(6, 0x1) };
        follower.SnapshotAdvanced(new SnapshotInstall(Stored, 20, "k"u8.ToArray(), 3));

        Assert.False(follower.MustAbandonSnapshot(Leader));
        Assert.True(follower.MustAbandonSnapshot(newer));
        follower.EpochPersisted(newer, EpochHistory.Empty, long.MaxValue);
        Assert.Equal((ChunkDecision.Refuse, FollowerRefusal.SnapshotOutOfStep), follower.ChunkSent(newer, 20, "k"u8));
        Assert.Equal((ChunkDecision.Begin, null), follower.ChunkSent(newer, 20, []));
    }

    [Fact]
    public void A_chunk_is_ignored_when_everything_up_to_the_snapshot_is_held()
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet(new LsnRange(1, 20), new LsnRange(25, 30)));
        follower.Introduced(EpochHistory.Empty.Begin(Stored, 0));

        Assert.Equal((ChunkDecision.Ignore, null), follower.ChunkSent(Leader, 20, []));
        Assert.Equal((ChunkDecision.Ignore, null), follower.ChunkSent(Leader, 20, "k"u8));
        Assert.Equal((ChunkDecision.Begin, null), follower.ChunkSent(Leader, 21, []));
    }

    [Fact]
    public void A_chunk_is_refused_as_entries_are()
    {
        Assert.Equal(
            (ChunkDecision.Refuse, FollowerRefusal.OlderEpoch), Following().ChunkSent(Leader with { Epoch = new Epoch(4, 0xabc) }, 20, []));
        Assert.Equal(
            (ChunkDecision.Refuse, FollowerRefusal.NotGreeted), Following().ChunkSent(Leader with { Epoch = new Epoch(6, 0xabc) }, 20, []));
        Assert.Equal(
            (ChunkDecision.Refuse, FollowerRefusal.OtherStore), Following().ChunkSent(Leader with { StoreId = "store-b" }, 20, []));
    }

    [Fact]
    public void An_installed_snapshot_is_held_up_to_its_LSN_and_ends()
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet(new LsnRange(3, 4), new LsnRange(21, 22)));
        follower.SnapshotAdvanced(new SnapshotInstall(Stored, 20, "k"u8.ToArray(), 3));
        Assert.Equal(0, follower.Holdings.Watermark);

        follower.SnapshotInstalled();

        Assert.Equal([new LsnRange(1, 22)], follower.Holdings.Ranges);
        Assert.Null(follower.Install);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(5, 5)]
    [InlineData(7, 5)]
    [InlineData(100, 5)]
    public void The_log_is_cut_as_far_as_the_leader_lets_it_go_and_never_past_a_gap(long leaderCut, long cut)
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet(new LsnRange(1, 5), new LsnRange(7, 200)));

        Assert.Equal(cut, follower.CutTarget(leaderCut));
    }

    [Theory]
    [InlineData(12, 12)]
    [InlineData(9, 9)]
    [InlineData(20, 15)]
    public void Under_a_new_epoch_it_gives_up_what_lies_above_the_end_of_the_log_that_the_epoch_began_with(long begins, long held)
    {
        var follower = Holding(up: 15, leaderDurable: 9);
        var history = EpochHistory.Empty.Begin(Stored, 3).Begin(new Epoch(6, 0x1), begins);
        var leader = Leader with { Epoch = new Epoch(6, 0x1) };

        Assert.Null(follower.Greeted(leader, history));
        follower.EpochPersisted(leader, history, follower.SharedUpTo(history));

        Assert.Equal(held, follower.Holdings.Max);
    }

    [Fact]
    public void Under_the_epoch_that_it_follows_already_it_gives_up_nothing()
    {
        var follower = Holding(up: 15, leaderDurable: 9);
        var history = EpochHistory.Empty.Begin(Stored, 3);

        Assert.Null(follower.Greeted(Leader, history));
        Assert.Equal(long.MaxValue, follower.SharedUpTo(history));
    }

    [Fact]
    public void One_that_missed_an_epoch_gives_up_what_that_one_lacked()
    {
        // Epoch 6 wrote other entries at 13 to 40 than epoch 5 had sent at 13 to 15.
        var follower = Holding(up: 15, leaderDurable: 9);
        var history = EpochHistory.Empty.Begin(Stored, 3).Begin(new Epoch(6, 0x1), 12).Begin(new Epoch(7, 0x1), 40);

        Assert.Equal(12, follower.SharedUpTo(history));
    }

    [Theory]
    [InlineData(12, 12, false)]
    [InlineData(13, 12, true)] // The leader of epoch 5 had 13 on its disk, and this one lacks it.
    [InlineData(13, 15, false)] // So does this one, but there is nothing to lose here.
    public void It_refuses_a_leader_that_has_lost_what_it_once_had_on_its_disk(long durable, long begins, bool isRefused)
    {
        var follower = Holding(up: 15, leaderDurable: 9);
        Assert.True(follower.HeardOfDurable(durable, newest: 0));
        Assert.False(follower.HeardOfDurable(durable - 1, newest: 0));

        var refusal = follower.Greeted(Leader with { Epoch = new Epoch(6, 0x1) }, EpochHistory.Empty.Begin(Stored, 3).Begin(new Epoch(6, 0x1), begins));

        Assert.Equal(isRefused ? FollowerRefusal.LeaderLostEntries : null, refusal);
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(15, false)]
    public void It_gives_up_nothing_for_a_leader_that_began_on_a_copy(long begins, bool isRefused)
    {
        var follower = Holding(up: 15, leaderDurable: 9);
        var history = EpochHistory.Empty.Begin(Stored, 3).Begin(new Epoch(6, 0x1), begins, isOnCopy: true).Begin(new Epoch(7, 0x1), 60);

        var refusal = follower.Greeted(Leader with { Epoch = new Epoch(7, 0x1) }, history);

        Assert.Equal(isRefused ? FollowerRefusal.LeaderLostEntries : null, refusal);
    }

    [Theory]
    [InlineData(true, 9)]
    [InlineData(false, 16)]
    public void What_a_leader_sends_was_on_its_disk_if_it_is_of_a_version_that_names_no_epochs(bool namesEpochs, long durable)
    {
        var follower = Holding(up: 15, leaderDurable: 9);
        follower.Introduced(namesEpochs ? EpochHistory.Empty.Begin(Stored, 3) : EpochHistory.Empty);

        follower.HeardOfDurable(durable: 0, newest: 16);

        Assert.Equal(durable, follower.LeaderDurable);
    }

    [Fact]
    public void What_came_with_a_snapshot_was_on_the_leaders_disk()
    {
        var follower = Holding(up: 15, leaderDurable: 9);
        follower.SnapshotAdvanced(new SnapshotInstall(Stored, 20, "k"u8.ToArray(), 3));
        follower.SnapshotInstalled();

        Assert.Equal(20, follower.LeaderDurable);
    }

    private static FollowerCore Holding(long up, long leaderDurable)
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet(new LsnRange(1, up)), leaderDurable);
        follower.Introduced(EpochHistory.Empty.Begin(Stored, 0));
        return follower;
    }

    private static FollowerCore Following()
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet());
        follower.Introduced(EpochHistory.Empty.Begin(Stored, 0));
        return follower;
    }
}

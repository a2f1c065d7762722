using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class FollowerCoreTests
{
    private const string Cluster = "cluster-a";
    private static readonly FollowerIdentity Identity = new("follower1", "store-a");
    private static readonly Epoch Stored = new(5, 0xabc);

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
        Assert.Equal(refusal, $"{Following().Greeted(new LeaderEnvelope(cluster, new Epoch(counter, runId), null))}");

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
        Assert.Null(follower.Greeted(leader));
        Assert.True(follower.MustPersist(leader));
        Assert.Equal(FollowerRefusal.NotGreeted, follower.Sent(leader, 1));

        follower.EpochPersisted(leader);
        Assert.False(follower.MustPersist(leader));
        follower.Introduced();
        Assert.Null(follower.Sent(leader, 1));
    }

    [Fact]
    public void A_standalone_store_follows_nobody()
    {
        var follower = new FollowerCore(Identity, null, null, isStandalone: false, new LsnRangeSet());

        follower.StandalonePersisted();

        Assert.Equal(FollowerRefusal.Standalone, follower.Greeted(new LeaderEnvelope(Cluster, Stored, null)));
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
        follower.Introduced();

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

        follower.Introduced();
        Assert.Null(follower.Sent(leader, 6));
    }

    private static FollowerCore Following()
    {
        var follower = new FollowerCore(Identity, Cluster, Stored, isStandalone: false, new LsnRangeSet());
        follower.Introduced();
        return follower;
    }
}

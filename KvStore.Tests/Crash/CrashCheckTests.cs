using KvStore.Tests.Integration;

namespace KvStore.Tests.Crash;

/// <summary>The comparison after a round sees what it is there to see, and nothing where all is well.</summary>
public sealed class CrashCheckTests
{
    [Fact]
    public void What_was_told_and_is_there_is_no_fault()
    {
        SentWrite[] writes =
        [
            Acknowledged("a", "1", 1), Acknowledged("b", "2", 2), Acknowledged("b", null, 3), Sent("c", "4", WriteFate.Rejected), Sent("d", "5", WriteFate.Unknown),
            Acknowledged("e", "6", 4), Sent("e", "7", WriteFate.Unknown), Acknowledged("f", "8", 5), Sent("f", null, WriteFate.Unknown),
        ];

        Assert.Empty(new CrashCheck(writes).FaultsIn("leader", State(("a", "1", 1), ("e", "7", 6))));
        Assert.Empty(new CrashCheck(writes).FaultsIn("leader", State(("a", "1", 1), ("d", "5", 6), ("e", "6", 4), ("f", "8", 5))));
        Assert.Empty(new CrashCheck(writes).FaultsInAnswers(1, 3));
    }

    [Fact]
    public void An_acknowledged_write_that_is_not_there_is_lost() => AssertFault("follower1: Lost:", [Acknowledged("a", "1", 1)], State());

    [Fact]
    public void An_unknown_write_with_a_version_was_logged_and_must_be_there() =>
        AssertFault("follower1: Lost:", [Sent("a", "1", WriteFate.Unknown) with { Version = 1, Epoch = 1 }], State());

    [Theory]
    [InlineData(WriteFate.Rejected)]
    [InlineData(WriteFate.NotSent)]
    internal void A_rejected_write_must_not_be_there(WriteFate fate) => AssertFault("It is there", [Sent("a", "1", fate)], State(("a", "1", 1)));

    [Fact]
    public void A_value_that_nobody_wrote_is_a_fault() => AssertFault("which nobody wrote", [Acknowledged("a", "1", 1)], State(("a", "2", 1)));

    [Fact]
    public void A_key_that_nobody_wrote_is_a_fault() => AssertFault("The key b", [Acknowledged("a", "1", 1)], State(("a", "1", 1), ("b", "1", 2)));

    [Fact]
    public void A_write_at_another_version_than_was_told_is_a_fault() =>
        AssertFault("It is there at version 2", [Acknowledged("a", "1", 1)], State(("a", "1", 2)));

    [Fact]
    public void An_older_write_in_place_of_the_newest_is_a_fault() =>
        AssertFault("instead of", [Acknowledged("a", "1", 1), Acknowledged("a", "2", 2)], State(("a", "1", 1)));

    [Fact]
    public void A_key_whose_newest_write_is_an_acknowledged_delete_must_not_be_there() =>
        AssertFault("instead of", [Acknowledged("a", "1", 1), Acknowledged("a", null, 2)], State(("a", "1", 1)));

    [Fact]
    public void An_unknown_write_with_the_version_of_another_is_a_fault() =>
        AssertFault("Version 1 is", [Acknowledged("a", "1", 1), Sent("a", "2", WriteFate.Unknown)], State(("a", "2", 1)));

    [Fact]
    public void Answers_that_cannot_all_be_true_are_faults()
    {
        AssertFault("given twice", [Acknowledged("a", "1", 1), Acknowledged("b", "2", 1)]);
        AssertFault("before the round", [Acknowledged("a", "1", 0)]);
        AssertFault("An older epoch", [Acknowledged("a", "1", 1) with { Epoch = 2 }, Acknowledged("b", "2", 2)]);
        AssertFault("began later", [Acknowledged("a", "1", 2) with { BegunAt = 1, EndedAt = 2 }, Acknowledged("b", "2", 1) with { BegunAt = 3, EndedAt = 4 }]);
        AssertFault("fewer than 3", [Acknowledged("a", "1", 1) with { ReplicatedTo = 2 }]);
        AssertFault("to be deleted", [Acknowledged("a", "1", 1), Sent("a", null, WriteFate.KeyNotFound)]);
    }

    [Fact]
    public void An_unknown_write_is_on_all_nodes_or_on_none()
    {
        var check = new CrashCheck([Sent("a", "1", WriteFate.Unknown), Sent("b", "2", WriteFate.Unknown), Sent("c", "3", WriteFate.Unknown)]);

        var (faults, onAll, onNone) = check.Spread([State(("a", "1", 1), ("c", "3", 2)), State(("a", "1", 1))]);

        Assert.Contains("On 1 of 2 nodes", Assert.Single(faults), StringComparison.Ordinal);
        Assert.Equal((1, 1), (onAll, onNone));
    }

    [Fact]
    public void An_acknowledged_write_is_on_W_followers_of_which_those_that_cannot_be_asked_may_be_some()
    {
        var check = new CrashCheck([Acknowledged("a", "1", 1)]);
        StateAnswer[] followers = [State(("a", "1", 1)), State(("a", "1", 1)), State()];

        Assert.Single(check.FaultsInQuorum(followers, absent: 0, quorum: 3));
        Assert.Empty(check.FaultsInQuorum(followers, absent: 1, quorum: 3));
        Assert.Empty(check.FaultsInQuorum(followers, absent: 0, quorum: 2));
    }

    private static void AssertFault(string fault, SentWrite[] writes, StateAnswer state) =>
        Assert.Contains(fault, Assert.Single(new CrashCheck(writes).FaultsIn("follower1", state)), StringComparison.Ordinal);

    private static void AssertFault(string fault, SentWrite[] writes) =>
        Assert.Contains(fault, Assert.Single(new CrashCheck(writes).FaultsInAnswers(versionMin: 1, quorum: 3)), StringComparison.Ordinal);

    private static SentWrite Acknowledged(string key, string? value, long version) =>
        new(key, value, WriteFate.Acknowledged, version, Epoch: 1, ReplicatedTo: 3, BegunAt: version, EndedAt: version);

    private static SentWrite Sent(string key, string? value, WriteFate fate) => new(key, value, fate);

    private static StateAnswer State(params (string Key, string Value, long Version)[] keys) =>
        new(keys.ToDictionary(key => key.Key, key => key.Value), keys.ToDictionary(key => key.Key, key => key.Version));
}

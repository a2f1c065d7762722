using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Simulation;

/// <summary>The checker of what clients saw of one key: it takes what the promises explain, and nothing else.</summary>
public class KeyHistoryTests
{
    private const string Key = "k";

    [Fact]
    public void An_empty_history_is_explained() => IsExplained(new KeyHistory());

    [Fact]
    public void Writes_one_after_the_other_with_reads_of_the_newest_are_explained() => IsExplained(
        new KeyHistory
        {
            Writes = { Acknowledged("a", 0, 10, 1), Acknowledged("b", 20, 30, 2) },
            Reads = { OnLeader(-1, null, null), OnLeader(15, 1, "a"), OnLeader(35, 2, "b"), OnFollower(35, 1, "a"), OnFollower(35, null, null) },
        },
        Put(1, "a"),
        Put(2, "b"));

    [Fact]
    public void Of_writes_at_the_same_time_either_may_have_the_lower_version() => IsExplained(
        new KeyHistory { Writes = { Acknowledged("a", 0, 30, 2), Acknowledged("b", 10, 20, 1) }, Reads = { OnLeader(40, 2, "a") } },
        Put(1, "b"),
        Put(2, "a"));

    [Fact]
    public void A_value_may_be_read_before_its_write_is_acknowledged() => IsExplained(
        new KeyHistory { Writes = { Acknowledged("a", 0, 30, 1) }, Reads = { OnLeader(10, 1, "a"), OnFollower(10, 1, "a") } },
        Put(1, "a"));

    [Fact]
    public void A_deleted_key_has_no_value() => IsExplained(
        new KeyHistory { Writes = { Acknowledged("a", 0, 10, 1), Acknowledged("delete-1", 20, 30, 2) }, Reads = { OnLeader(40, null, null), OnFollower(40, 1, "a") } },
        Put(1, "a"),
        Delete(2, "delete-1"));

    [Fact]
    public void An_unknown_write_may_be_in_the_log_and_readable() => IsExplained(
        new KeyHistory { Writes = { Unknown("a", 0, 10) }, Reads = { OnLeader(20, 1, "a") } },
        Put(1, "a"));

    [Fact]
    public void An_unknown_write_may_be_nowhere() => IsExplained(
        new KeyHistory { Writes = { Acknowledged("a", 0, 10, 1), Unknown("b", 20, 30) }, Reads = { OnLeader(40, 1, "a") } },
        Put(1, "a"));

    [Fact]
    public void An_unknown_write_may_come_before_or_after_a_later_one_that_began_before_it_ended()
    {
        var history = new KeyHistory { Writes = { Unknown("a", 0, 100), Acknowledged("b", 20, 30, 1) }, Reads = { OnLeader(40, 1, "b") } };

        IsExplained(history, Put(1, "b"), Put(2, "a"));
    }

    [Fact]
    public void An_unknown_write_that_was_told_its_version_is_in_the_log_there()
    {
        var history = new KeyHistory { Writes = { new WriteSeen("a", At(0), At(10), ClientOutcome.Unknown, 1) } };

        IsExplained(history, Put(1, "a"));
        IsUnexplained("DURABLE", history);
        IsUnexplained("DURABLE", history, Put(2, "a"));
    }

    [Fact]
    public void A_rejected_write_is_not_in_the_log()
    {
        var history = new KeyHistory { Writes = { Rejected("a", 0, 10) } };

        IsExplained(history);
        IsUnexplained("HONEST", history, Put(1, "a"));
    }

    [Fact]
    public void A_write_that_was_rejected_once_and_sent_again_is_in_the_log_by_the_second_time() => IsExplained(
        new KeyHistory { Writes = { Rejected("a", 0, 10), Acknowledged("a", 20, 30, 1) } },
        Put(1, "a"));

    [Fact]
    public void A_repetition_with_an_idempotency_key_has_the_version_of_the_first() => IsExplained(
        new KeyHistory { Writes = { Unknown("delete-1", 0, 10), Acknowledged("b", 20, 30, 2), Acknowledged("delete-1", 40, 50, 1) }, Reads = { OnLeader(60, 2, "b") } },
        Delete(1, "delete-1"),
        Put(2, "b"));

    [Fact]
    public void An_acknowledged_write_that_is_missing_is_noticed()
    {
        var history = new KeyHistory { Writes = { Acknowledged("a", 0, 10, 1) } };

        IsUnexplained("DURABLE", history);
        IsUnexplained("DURABLE", history, Put(1, "another"));
    }

    [Fact]
    public void A_later_write_with_a_lower_version_is_noticed() => IsUnexplained(
        "ORDER",
        new KeyHistory { Writes = { Acknowledged("a", 0, 10, 2), Acknowledged("b", 20, 30, 1) } },
        Put(1, "b"),
        Put(2, "a"));

    [Fact]
    public void An_unknown_write_below_one_that_was_acknowledged_before_it_began_is_noticed() => IsUnexplained(
        "ORDER",
        new KeyHistory { Writes = { Acknowledged("a", 0, 10, 2), Unknown("b", 20, 30) } },
        Put(1, "b"),
        Put(2, "a"));

    [Fact]
    public void A_leaders_value_that_is_older_than_an_acknowledged_write_is_noticed() => IsUnexplained(
        "DURABLE",
        new KeyHistory { Writes = { Acknowledged("a", 0, 10, 1), Acknowledged("b", 20, 30, 2) }, Reads = { OnLeader(40, 1, "a") } },
        Put(1, "a"),
        Put(2, "b"));

    [Fact]
    public void A_leader_that_shows_nothing_after_an_acknowledged_write_is_noticed()
    {
        var history = new KeyHistory { Writes = { Acknowledged("delete-1", 0, 10, 1), Acknowledged("a", 20, 30, 2) }, Reads = { OnLeader(40, null, null) } };

        IsUnexplained("DURABLE", history, Delete(1, "delete-1"), Put(2, "a"));
    }

    [Fact]
    public void An_invented_value_is_noticed_on_any_node()
    {
        KeyHistory Reading(ReadSeen read) => new() { Writes = { Acknowledged("a", 0, 10, 1) }, Reads = { read } };

        IsUnexplained("VISIBLE", Reading(OnLeader(20, 1, "invented")), Put(1, "a"));
        IsUnexplained("VISIBLE", Reading(OnFollower(20, 1, "invented")), Put(1, "a"));
        IsUnexplained("VISIBLE", Reading(OnFollower(20, 2, "a")), Put(1, "a"));
        IsUnexplained("VISIBLE", Reading(OnFollower(20, 2, "")), Put(1, "a"), Delete(2, "delete-1"));
    }

    private static void IsExplained(KeyHistory history, params LoggedEntry[] log) => Assert.Null(history.Unexplained(log));

    private static void IsUnexplained(string promise, KeyHistory history, params LoggedEntry[] log) =>
        Assert.StartsWith($"{promise}: ", history.Unexplained(log), StringComparison.Ordinal);

    private static WriteSeen Acknowledged(string id, int began, int ended, long version) =>
        new(id, At(began), At(ended), ClientOutcome.Acknowledged, version);

    private static WriteSeen Rejected(string id, int began, int ended) => new(id, At(began), At(ended), ClientOutcome.Rejected);

    private static WriteSeen Unknown(string id, int began, int ended) => new(id, At(began), At(ended));

    private static ReadSeen OnLeader(int at, long? version, string? value) => new(At(at), IsOnLeader: true, version, value);

    private static ReadSeen OnFollower(int at, long? version, string? value) => new(At(at), IsOnLeader: false, version, value);

    private static LoggedEntry Put(long lsn, string value) => new(lsn, new Epoch(1, 1), IsDelete: false, Key, value, WriteQuorum: 1, IdempotencyKey: "");

    private static LoggedEntry Delete(long lsn, string id) => new(lsn, new Epoch(1, 1), IsDelete: true, Key, "", WriteQuorum: 1, id);

    private static TimeSpan At(int ms) => TimeSpan.FromMilliseconds(ms);
}

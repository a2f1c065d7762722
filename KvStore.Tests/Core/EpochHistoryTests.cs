using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class EpochHistoryTests
{
    // Epoch 1 wrote up to 10, epoch 2 up to 25, epoch 5 goes on from there.
    private static readonly EpochHistory History = EpochHistory.Empty.Begin(At(1), 0).Begin(At(2), 10).Begin(At(5), 25);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 25)]
    [InlineData(3, 25)]
    [InlineData(5, long.MaxValue)]
    [InlineData(9, long.MaxValue)]
    public void A_replica_shares_the_log_up_to_where_the_first_epoch_after_its_own_began(long counter, long sharedUpTo) =>
        Assert.Equal(sharedUpTo, History.SharedUpTo(Last(counter, durable: 0)));

    [Fact]
    public void Leaders_that_wrote_nothing_take_no_room()
    {
        var history = History;
        for (var counter = 6; counter < 100; counter++)
        {
            history = history.Begin(At(counter), 25);
        }

        Assert.Equal("1:0,2:10,99:25", Text(history));
        Assert.Equal(25, history.SharedUpTo(Last(2, durable: 0)));
        Assert.Equal(25, history.SharedUpTo(Last(50, durable: 0))); // It may have sent what it never had on disk.
    }

    [Fact]
    public void Of_very_many_epochs_the_oldest_are_thrown_together_and_who_missed_them_gives_up_more_and_never_less()
    {
        var history = EpochHistory.Empty;
        for (var counter = 1; counter <= 3000; counter++)
        {
            history = history.Begin(At(counter), counter * 10);
        }

        Assert.Equal(EpochHistory.StartsMax, history.Starts.Count);
        for (var counter = 1; counter < 3000; counter++)
        {
            Assert.InRange(history.SharedUpTo(Last(counter, durable: 0)), 0, (counter + 1) * 10);
        }

        Assert.Equal(30_000, history.SharedUpTo(Last(2999, durable: 0)));
    }

    [Fact]
    public void Who_missed_very_many_epochs_keeps_what_its_leader_had_on_its_disk()
    {
        var history = EpochHistory.Empty;
        for (var counter = 1; counter <= EpochHistory.StartsMax + 5; counter++)
        {
            history = history.Begin(At(counter), (counter - 1) * 10);
        }

        Assert.False(history.HasLost(Last(1, durable: 10), held: 12));
        Assert.Equal(10, history.SharedUpTo(Last(1, durable: 10)));
        Assert.True(history.HasLost(Last(20, durable: 230), held: 250)); // Of what is not forgotten each leader has to have everything.
    }

    [Fact]
    public void What_the_first_leader_on_a_copy_sent_and_never_had_on_its_disk_is_given_up()
    {
        var history = History.Begin(At(6), 30, isOnCopy: true).Begin(At(7), 30);

        Assert.Equal("1:0,2:10,5:25,6:30:copy,7:30", Text(history));
        Assert.False(history.HasLost(Last(6, durable: 30), held: 31));
        Assert.Equal(30, history.SharedUpTo(Last(6, durable: 30)));
        Assert.True(history.HasLost(Last(5, durable: 30), held: 31)); // The copy may lack what an earlier leader had.

        var copiedAgain = History.Begin(At(6), 30, isOnCopy: true).Begin(At(8), 30, isOnCopy: true).Begin(At(9), 30).Begin(At(10), 30);
        Assert.Equal("1:0,2:10,5:25,8:30:copy,10:30", Text(copiedAgain));
        Assert.True(copiedAgain.HasLost(Last(6, durable: 30), held: 31));
    }

    [Fact]
    public void A_copy_of_a_disk_says_nothing_of_what_that_disk_lacked_before()
    {
        // Epoch 6 went on from the disk of epoch 5, so that had nothing above 30; later it was copied, there or further on.
        foreach (var copiedAt in (long[])[30, 40])
        {
            var history = History.Begin(At(6), 30).Begin(At(7), copiedAt, isOnCopy: true).Begin(At(8), copiedAt);

            Assert.Equal($"1:0,2:10,5:25,6:30,7:{copiedAt}:copy,8:{copiedAt}", Text(history));
            Assert.False(history.HasLost(new LastLeader(At(5), History, Durable: 25), held: 50));
            Assert.True(history.HasLost(new LastLeader(At(6), History.Begin(At(6), 30), Durable: 30), held: 50));
        }
    }

    [Fact]
    public void An_epoch_that_began_on_a_copy_is_known_as_such_also_when_others_began_there_too()
    {
        var history = History.Begin(At(6), 30, isOnCopy: true).Begin(At(7), 30).Begin(At(8), 40);

        Assert.True(history.HasLost(Last(5, durable: 25), held: 31));
        Assert.False(history.HasLost(Last(1, durable: 5), held: 31)); // Above 10 it is the leader's that died; epoch 2 went on from its disk.
        Assert.False(history.HasLost(Last(7, durable: 35), held: 50));
        Assert.False(History.HasLost(Last(1, durable: 10), held: 31));
        Assert.True(History.HasLost(Last(1, durable: 11), held: 31));
    }

    [Fact]
    public void A_log_that_has_again_what_a_later_epoch_lacked_leaves_that_one_out()
    {
        var copy = History.Begin(At(6), 30, isOnCopy: true);
        var (recovered, basis, other) = EpochHistory.OfAll([(new LastLeader(At(6), copy, Durable: 30), 30), (Last(5, durable: 33), 33)]);
        var regained = recovered.Begin(At(8), 33);

        Assert.Equal((1, null), (basis, other));
        Assert.Equal("1:0,2:10,5:25,8:33", Text(regained));
        Assert.False(regained.HasLost(Last(5, durable: 33), held: 33));
        Assert.Equal(33, regained.SharedUpTo(Last(5, durable: 33)));
    }

    [Fact]
    public void Another_process_with_the_counter_of_the_leader_that_was_followed_has_other_entries()
    {
        // Both went on from 10. The other process then wrote up to 30 and was started again.
        var followed = new LastLeader(At(2), Upto(2), Durable: 10);
        var other = Upto(1).Begin(new Epoch(2, 0xbad), 10).Begin(At(3), 30);

        Assert.Equal(10, other.SharedUpTo(followed));
        Assert.True(other.HasLost(followed, held: 11));
        Assert.False(other.HasLost(followed, held: 10));
        Assert.Equal(30, Upto(2).Begin(At(3), 30).SharedUpTo(followed));
    }

    [Fact]
    public void Another_leader_that_the_one_that_was_followed_did_not_know_has_other_entries()
    {
        // The one that was followed is the fifth of its line, the other the third of its own, which began on a copy at 10.
        var followed = new LastLeader(At(5), History, Durable: 25);
        var copy = Upto(1).Begin(new Epoch(3, 0xbad), 10, isOnCopy: true).Begin(At(9), 60);

        Assert.Equal(10, copy.SharedUpTo(followed));
        Assert.True(copy.HasLost(followed, held: 11));
        Assert.False(copy.HasLost(followed, held: 10));
    }

    [Fact]
    public void What_a_leader_began_with_it_had_on_its_disk()
    {
        var followed = new LastLeader(At(5), History, Durable: 0);

        Assert.True(Upto(2).Begin(At(6), 24).HasLost(followed, held: 25));
        Assert.False(Upto(2).Begin(At(6), 25).HasLost(followed, held: 26));
    }

    [Fact]
    public void Where_no_run_id_is_known_the_counters_decide()
    {
        var followed = new LastLeader(At(5), EpochHistory.Parse("1:0,2:10,5:25"), Durable: 25);

        Assert.Equal(long.MaxValue, History.SharedUpTo(followed));
        Assert.Equal(40, History.Begin(At(6), 40).SharedUpTo(followed));
        Assert.Equal(25, Upto(2).Begin(new Epoch(5, 0xbad), 25).Begin(At(6), 40).SharedUpTo(followed)); // The last one's is known.
        Assert.Equal(10, Upto(1).Begin(At(3), 10).Begin(At(6), 40).SharedUpTo(followed));
        Assert.Equal(40, EpochHistory.Parse("1:0,2:10,5:25,6:40").SharedUpTo(new LastLeader(At(5), History, Durable: 25)));
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        var history = EpochHistory.Empty.Begin(new Epoch(1, 0x1f), 0).Begin(new Epoch(6, 0xfedcba9876543210), 30, isOnCopy: true);

        Assert.Equal("1.000000000000001f:0,6.fedcba9876543210:30:copy", $"{history}");
        Assert.Equal(history.Starts, EpochHistory.Parse($"{history}").Starts);
        Assert.Empty(EpochHistory.Parse($"{EpochHistory.Empty}").Starts);
    }

    private static Epoch At(long counter) => new(counter, (ulong)counter);

    private static LastLeader Last(long counter, long durable) => new(At(counter), EpochHistory.Empty, durable);

    private static EpochHistory Upto(long counter) => new(History.Starts.Where(start => start.Epoch.Counter <= counter));

    private static string Text(EpochHistory history) =>
        string.Join(',', history.Starts.Select(start => $"{start.Epoch.Counter}:{start.AfterLsn}{(start.IsOnCopy ? ":copy" : "")}"));
}

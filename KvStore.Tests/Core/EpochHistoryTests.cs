using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class EpochHistoryTests
{
    // Epoch 1 wrote up to 10, epoch 2 up to 25, epoch 5 goes on from there.
    private static readonly EpochHistory History = EpochHistory.Empty.Begin(1, 0).Begin(2, 10).Begin(5, 25);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 25)]
    [InlineData(3, 25)]
    [InlineData(5, long.MaxValue)]
    [InlineData(9, long.MaxValue)]
    public void A_replica_shares_the_log_up_to_where_the_first_epoch_after_its_own_began(long counter, long sharedUpTo) =>
        Assert.Equal(sharedUpTo, History.SharedUpTo(counter, leaderDurable: 0));

    [Fact]
    public void Leaders_that_wrote_nothing_take_no_room()
    {
        var history = History;
        for (var counter = 6; counter < 100; counter++)
        {
            history = history.Begin(counter, 25);
        }

        Assert.Equal("1:0,2:10,99:25", $"{history}");
        Assert.Equal(25, history.SharedUpTo(2, leaderDurable: 0));
        Assert.Equal(25, history.SharedUpTo(50, leaderDurable: 0)); // It may have sent what it never had on disk.
    }

    [Fact]
    public void Of_very_many_epochs_the_oldest_are_thrown_together_and_who_missed_them_gives_up_more_and_never_less()
    {
        var history = EpochHistory.Empty;
        for (var counter = 1; counter <= 3000; counter++)
        {
            history = history.Begin(counter, counter * 10);
        }

        Assert.Equal(EpochHistory.StartsMax, history.Starts.Count);
        for (var counter = 1; counter < 3000; counter++)
        {
            Assert.InRange(history.SharedUpTo(counter, leaderDurable: 0), 0, (counter + 1) * 10);
        }

        Assert.Equal(30_000, history.SharedUpTo(2999, leaderDurable: 0));
    }

    [Fact]
    public void Who_missed_very_many_epochs_keeps_what_its_leader_had_on_its_disk()
    {
        var history = EpochHistory.Empty;
        for (var counter = 1; counter <= EpochHistory.StartsMax + 5; counter++)
        {
            history = history.Begin(counter, (counter - 1) * 10);
        }

        Assert.False(history.HasLost(1, held: 12, leaderDurable: 10));
        Assert.Equal(10, history.SharedUpTo(1, leaderDurable: 10));
        Assert.True(history.HasLost(20, held: 250, leaderDurable: 230)); // Of what is not forgotten each leader has to have everything.
    }

    [Fact]
    public void What_the_first_leader_on_a_copy_sent_and_never_had_on_its_disk_is_given_up()
    {
        var history = History.Begin(6, 30, isOnCopy: true).Begin(7, 30);

        Assert.Equal("1:0,2:10,5:25,6:30:copy,7:30", $"{history}");
        Assert.False(history.HasLost(6, held: 31, leaderDurable: 30));
        Assert.Equal(30, history.SharedUpTo(6, leaderDurable: 30));
        Assert.True(history.HasLost(5, held: 31, leaderDurable: 30)); // The copy may lack what an earlier leader had.

        var copiedAgain = history.Begin(8, 30, isOnCopy: true).Begin(9, 30);
        Assert.Equal("1:0,2:10,5:25,8:30:copy,9:30", $"{copiedAgain}");
        Assert.True(copiedAgain.HasLost(6, held: 31, leaderDurable: 30));
    }

    [Fact]
    public void An_epoch_that_began_on_a_copy_is_known_as_such_also_when_others_began_there_too()
    {
        var history = History.Begin(6, 30, isOnCopy: true).Begin(7, 30).Begin(8, 40);

        Assert.True(history.HasLost(5, held: 31, leaderDurable: 25));
        Assert.True(history.HasLost(1, held: 31, leaderDurable: 5));
        Assert.False(history.HasLost(1, held: 30, leaderDurable: 5)); // Above 10 it is the leader's that died, and the copy has 30.
        Assert.False(history.HasLost(7, held: 50, leaderDurable: 35));
        Assert.False(History.HasLost(1, held: 31, leaderDurable: 10));
        Assert.True(History.HasLost(1, held: 31, leaderDurable: 11));
    }

    [Fact]
    public void A_log_that_has_again_what_a_later_epoch_lacked_leaves_that_one_out()
    {
        var regained = History.Begin(6, 30, isOnCopy: true).Regained(5, held: 33).Begin(8, 33);

        Assert.Equal("1:0,2:10,5:25,8:33", $"{regained}");
        Assert.False(regained.HasLost(5, held: 33, leaderDurable: 33));
        Assert.Equal(33, regained.SharedUpTo(5, leaderDurable: 33));
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        var history = History.Begin(6, 30, isOnCopy: true);

        Assert.Equal("1:0,2:10,5:25,6:30:copy", $"{history}");
        Assert.Equal(history.Starts, EpochHistory.Parse($"{history}").Starts);
        Assert.Empty(EpochHistory.Parse($"{EpochHistory.Empty}").Starts);
    }
}

using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class WriteQuorumTests
{
    // Five followers; what each holds, as ranges.
    private static readonly LsnRangeSet[] Holdings =
    [
        new(new LsnRange(1, 10)),
        new(new LsnRange(1, 8)),
        new(new LsnRange(1, 5), new LsnRange(7, 9)),
        new(new LsnRange(1, 3)),
        new(),
    ];

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    [InlineData(4, 3)]
    [InlineData(6, 2)]
    [InlineData(7, 3)]
    [InlineData(9, 2)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    public void Confirmations_are_the_followers_that_hold_the_entry(long lsn, int confirmations) =>
        Assert.Equal(confirmations, WriteQuorum.Confirmations(lsn, Holdings));

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 9)]
    [InlineData(3, 5)]
    [InlineData(4, 3)]
    [InlineData(5, 0)]
    public void A_quorum_reaches_as_far_as_that_many_followers_hold_everything(int quorum, long reached) =>
        Assert.Equal(reached, WriteQuorum.ReachedUpTo(1, quorum, Holdings));

    [Fact]
    public void Reach_agrees_with_counting_entry_by_entry()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var holdings = Enumerable.Range(0, 5).Select(_ => RandomHoldings(random)).ToArray();
            var quorum = random.Next(1, 6);
            var from = random.Next(1, 10);

            var expected = from - 1L;
            while (WriteQuorum.Confirmations(expected + 1, holdings) >= quorum)
            {
                expected++;
            }

            Assert.True(
                expected == WriteQuorum.ReachedUpTo(from, quorum, holdings),
                $"seed {seed}: W={quorum} from {from} over {string.Join(" | ", holdings.AsEnumerable())}");
        }
    }

    private static LsnRangeSet RandomHoldings(Random random) =>
        new(Enumerable.Range(1, 30).Where(_ => random.Next(5) > 0).Select(lsn => new LsnRange(lsn, lsn)));
}

public class CommitProgressTests
{
    [Fact]
    public void The_commit_lsn_follows_each_entrys_own_quorum()
    {
        var progress = new CommitProgress(0);
        foreach (var (lsn, quorum) in new[] { (1L, 1), (2L, 1), (3L, 3), (4L, 1) })
        {
            progress.Appended(lsn, quorum);
        }

        LsnRangeSet[] holdings = [new(new LsnRange(1, 4)), new(new LsnRange(1, 3)), new()];
        progress.Advance(holdings);
        Assert.Equal(2, progress.CommitLsn);

        holdings[2].Add(new LsnRange(3, 3));
        progress.Advance(holdings);
        Assert.Equal(4, progress.CommitLsn);
    }

    [Fact]
    public void The_commit_lsn_does_not_go_back_when_a_follower_loses_its_disk()
    {
        var progress = new CommitProgress(0);
        progress.Appended(1, 1);
        progress.Advance([new LsnRangeSet(new LsnRange(1, 1))]);

        progress.Advance([new LsnRangeSet()]);

        Assert.Equal(1, progress.CommitLsn);
    }

    [Fact]
    public void It_agrees_with_counting_entry_by_entry_while_quorums_change()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var progress = new CommitProgress(0);
            var quorums = new List<int>();
            var holdings = Enumerable.Range(0, 5).Select(_ => new LsnRangeSet()).ToArray();
            for (var step = 0; step < 60; step++)
            {
                if (random.Next(3) == 0)
                {
                    quorums.Add(random.Next(4) > 0 && quorums.Count > 0 ? quorums[^1] : random.Next(1, 6));
                    progress.Appended(quorums.Count, quorums[^1]);
                }
                else if (quorums.Count > 0)
                {
                    holdings[random.Next(5)].Add(random.Next(1, quorums.Count + 1));
                }

                progress.Advance(holdings);
                var expected = quorums.TakeWhile((quorum, i) => WriteQuorum.Confirmations(i + 1, holdings) >= quorum).Count();
                Assert.True(expected == progress.CommitLsn, $"seed {seed}, step {step}: {progress.CommitLsn} instead of {expected}");
            }
        }
    }

    [Fact]
    public void A_gap_in_the_leaders_log_is_not_passed_over()
    {
        var progress = new CommitProgress(7);

        Assert.Throws<InvalidOperationException>(() => progress.Appended(9, 1));
    }
}

using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class LsnRangeSetTests
{
    [Fact]
    public void Neighbours_become_one_range()
    {
        var set = new LsnRangeSet();
        foreach (var lsn in new long[] { 3, 1, 5, 4, 2 })
        {
            Assert.True(set.Add(lsn));
        }

        Assert.Equal([new LsnRange(1, 5)], set.Ranges);
        Assert.False(set.Add(3));
        Assert.Equal(5, set.Count);
    }

    [Theory]
    [InlineData(new long[] { }, 0)]
    [InlineData(new long[] { 2, 3 }, 0)]
    [InlineData(new long[] { 1 }, 1)]
    [InlineData(new long[] { 1, 2, 4 }, 2)]
    public void The_watermark_is_the_end_of_what_is_held_from_one_on(long[] held, long watermark)
    {
        var set = new LsnRangeSet(held.Select(lsn => new LsnRange(lsn, lsn)));

        Assert.Equal(watermark, set.Watermark);
    }

    [Fact]
    public void Memory_follows_the_gaps_and_not_the_entries()
    {
        var set = new LsnRangeSet(new LsnRange(1, 1_000_000), new LsnRange(1_000_002, 3_000_000));

        Assert.Equal(2, set.Ranges.Count);
        Assert.Equal(2_999_999, set.Count);
    }

    [Fact]
    public void The_lowest_are_taken_first_across_gaps()
    {
        var set = new LsnRangeSet(new LsnRange(2, 3), new LsnRange(7, 9));

        Assert.Equal([2, 3, 7], set.TakeLowest(3));
        Assert.Equal([new LsnRange(8, 9)], set.Ranges);
    }

    [Fact]
    public void It_agrees_with_a_plain_set_on_thousands_of_random_steps()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var set = new LsnRangeSet();
            var plain = new SortedSet<long>();
            for (var step = 0; step < 200; step++)
            {
                var start = random.Next(1, 60);
                var range = new LsnRange(start, start + random.Next(0, 8));
                var lsns = Enumerable.Range((int)range.Start, (int)range.Count).Select(i => (long)i).ToList();
                switch (random.Next(4))
                {
                    case 0:
                        set.Remove(range);
                        plain.ExceptWith(lsns);
                        break;
                    case 1:
                        Assert.Equal(plain.Add(start), set.Add(start));
                        break;
                    case 2:
                        var taken = set.TakeLowest(random.Next(1, 4));
                        Assert.True(plain.Take(taken.Count).SequenceEqual(taken), $"seed {seed}, step {step}: took {string.Join(' ', taken)}");
                        plain.ExceptWith(taken);
                        break;
                    default:
                        set.Add(range);
                        plain.UnionWith(lsns);
                        break;
                }

                AssertSame(set, plain, $"seed {seed}, step {step}");
            }
        }
    }

    private static void AssertSame(LsnRangeSet set, SortedSet<long> plain, string where)
    {
        var listed = set.Ranges.SelectMany(r => Enumerable.Range((int)r.Start, (int)r.Count).Select(i => (long)i));
        Assert.True(plain.SequenceEqual(listed), $"{where}: {set} is not {string.Join(' ', plain)}");
        Assert.True(plain.Count == set.Count, $"{where}: counted {set.Count} of {plain.Count}");
        Assert.True(set.Ranges.Zip(set.Ranges.Skip(1)).All(pair => pair.First.End + 1 < pair.Second.Start), $"{where}: {set} has ranges that touch");
        for (long lsn = 1; lsn < 70; lsn++)
        {
            Assert.True(plain.Contains(lsn) == set.Contains(lsn), $"{where}: {set} on {lsn}");
        }
    }
}

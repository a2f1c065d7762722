using KvStore.Node.Replication.Core;

namespace KvStore.Tests.Core;

public class LogRetentionTests
{
    private const long StartMs = 1_000;
    private static readonly LogLimits Unlimited = new() { EntriesKept = 0, EntriesMax = long.MaxValue, BytesMax = long.MaxValue, AgeMax = TimeSpan.FromDays(1) };

    [Fact]
    public void A_mark_comes_after_so_many_entries_so_many_bytes_or_a_minute()
    {
        var byEntries = new LogRetention(new LogLimits(), [], cutLsn: 0);
        Assert.Equal(4096, Enumerable.Range(1, 5000).First(lsn => byEntries.Append(lsn, 10, StartMs) is not null));

        var byBytes = new LogRetention(new LogLimits(), [], cutLsn: 0);
        Assert.Null(byBytes.Append(1, 3 << 20, StartMs));
        Assert.Equal(new LogMark(2, 4 << 20, StartMs), byBytes.Append(2, 1 << 20, StartMs));
        Assert.Null(byBytes.Append(3, 1 << 20, StartMs));

        var byTime = new LogRetention(new LogLimits(), [], cutLsn: 0);
        Assert.Null(byTime.Append(1, 10, 59_999));
        Assert.Equal(new LogMark(2, 20, 60_000), byTime.Append(2, 10, 60_000));
        Assert.Null(byTime.Append(3, 10, 119_999));
        Assert.NotNull(byTime.Append(4, 10, 120_000));
    }

    [Fact]
    public void The_marks_stand_closer_where_the_limits_are_small()
    {
        var byEntries = new LogRetention(new LogLimits { EntriesKept = 0, EntriesMax = 64 }, [], cutLsn: 0);
        Assert.Equal([1, 2, 3], Enumerable.Range(1, 3).Where(lsn => byEntries.Append(lsn, 10, StartMs) is not null));

        var byBytes = new LogRetention(new LogLimits { BytesMax = 160 }, [], cutLsn: 0);
        Assert.Equal([2, 4], Enumerable.Range(1, 5).Where(lsn => byBytes.Append(lsn, 5, StartMs) is not null));
    }

    [Theory]
    [InlineData(100, 90)]
    [InlineData(91, 90)]
    [InlineData(50, 50)]
    [InlineData(0, 0)]
    public void What_every_follower_has_goes_down_to_the_entries_that_are_kept(long heldByAll, long cut) =>
        Assert.Equal(cut, Filled(Unlimited with { EntriesKept = 10 }).CutTarget(heldByAll, ceiling: 100, StartMs));

    [Fact]
    public void Entries_beyond_their_number_go_though_a_follower_lacks_them() =>
        Assert.Equal(70, Filled(Unlimited with { EntriesMax = 30 }).CutTarget(heldByAll: 0, ceiling: 100, StartMs));

    [Fact]
    public void Entries_beyond_their_bytes_go_though_a_follower_lacks_them() =>
        Assert.Equal(75, Filled(Unlimited with { BytesMax = 250 }).CutTarget(heldByAll: 0, ceiling: 100, StartMs));

    [Fact]
    public void Entries_beyond_their_age_go_though_a_follower_lacks_them()
    {
        // Entry n was committed n ms after the start.
        var retention = Filled(Unlimited with { AgeMax = TimeSpan.FromMilliseconds(500) });

        Assert.Equal(0, retention.CutTarget(heldByAll: 0, ceiling: 100, StartMs + 500));
        Assert.Equal(40, retention.CutTarget(heldByAll: 0, ceiling: 100, StartMs + 540));
        Assert.Equal(100, retention.CutTarget(heldByAll: 0, ceiling: 100, StartMs + 10_000));
    }

    [Fact]
    public void The_greater_of_the_reasons_counts()
    {
        var retention = Filled(Unlimited with { EntriesMax = 30, EntriesKept = 10 });

        Assert.Equal(80, retention.CutTarget(heldByAll: 80, ceiling: 100, StartMs));
        Assert.Equal(70, retention.CutTarget(heldByAll: 60, ceiling: 100, StartMs));
    }

    [Fact]
    public void Nothing_above_the_ceiling_goes_whatever_the_limits_say() =>
        Assert.Equal(40, Filled(Unlimited with { EntriesMax = 10 }).CutTarget(heldByAll: 100, ceiling: 40, StartMs + 1_000_000_000));

    [Fact]
    public void A_cut_falls_on_a_mark_and_never_beyond_what_is_allowed()
    {
        // Marks at 3, 6, 9, …
        var retention = Filled(new LogLimits { EntriesKept = 48, EntriesMax = 1000 });

        Assert.Equal(51, retention.CutTarget(heldByAll: 100, ceiling: 100, StartMs));
        Assert.Equal(48, retention.CutTarget(heldByAll: 50, ceiling: 100, StartMs));
    }

    [Fact]
    public void After_a_cut_only_what_lies_above_it_is_cut_next()
    {
        var retention = Filled(Unlimited);
        retention.Cut(60);

        Assert.Equal(0, retention.CutTarget(heldByAll: 60, ceiling: 100, StartMs));
        Assert.Equal(61, retention.CutTarget(heldByAll: 61, ceiling: 100, StartMs));
    }

    [Fact]
    public void A_restart_goes_on_from_the_stored_marks_and_the_one_at_the_cut()
    {
        var limits = Unlimited with { BytesMax = 250 };
        var before = new LogRetention(limits, [], cutLsn: 0);
        var marks = Append(before, 1, 100);
        before.Cut(60);

        // The store keeps the mark at the cut, which says how many bytes lie below.
        var after = new LogRetention(limits, [.. marks.Where(mark => mark.Lsn >= 60)], cutLsn: 60);

        Assert.Equal(before.CutTarget(0, 100, StartMs), after.CutTarget(0, 100, StartMs));
        Assert.Equal(75, after.CutTarget(0, 100, StartMs));
        Assert.Equal(400, after.BytesAbove(0));
        Assert.Equal(400, after.BytesAbove(60));
        Assert.Equal(new LogMark(101, 1010, StartMs + 101), after.Append(101, 10, StartMs + 101));
        Assert.Equal(76, after.CutTarget(0, 101, StartMs));
    }

    [Fact]
    public void A_restart_of_a_log_that_was_cut_and_has_no_mark_begins_to_count_at_the_cut()
    {
        var retention = new LogRetention(Unlimited, [], cutLsn: 60);

        Assert.Equal(0, retention.CutTarget(heldByAll: 60, ceiling: 60, StartMs));
        Assert.Equal(0, retention.BytesAbove(60));
        Append(retention, 61, 70);
        Assert.Equal(65, retention.CutTarget(heldByAll: 65, ceiling: 70, StartMs));
        Assert.Equal(50, retention.BytesAbove(65));
    }

    [Fact]
    public void The_bytes_above_an_LSN_are_told_from_the_marks_around_it()
    {
        // One mark at LSN 4096.
        var retention = new LogRetention(new LogLimits(), [], cutLsn: 0);
        Append(retention, 1, 4196);

        Assert.Equal(41_960, retention.BytesAbove(0));
        Assert.Equal(41_960 - 20_480, retention.BytesAbove(2048));
        Assert.Equal(1_000, retention.BytesAbove(4096));
        Assert.Equal(500, retention.BytesAbove(4146));
        Assert.Equal(0, retention.BytesAbove(4196));
        Assert.Equal(0, retention.BytesAbove(9999));
    }

    // 100 entries of 10 bytes; entry n was committed n ms after the start.
    private static LogRetention Filled(LogLimits limits)
    {
        var retention = new LogRetention(limits, [], cutLsn: 0);
        Append(retention, 1, 100);
        return retention;
    }

    private static List<LogMark> Append(LogRetention retention, int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(lsn => retention.Append(lsn, 10, StartMs + lsn)).OfType<LogMark>()];
}

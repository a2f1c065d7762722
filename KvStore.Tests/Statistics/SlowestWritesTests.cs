using KvStore.Node.Replication.Leader;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Statistics;

public sealed class SlowestWritesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SlowestWrites _slowest;

    public SlowestWritesTests() => _slowest = new SlowestWrites(_time);

    [Fact]
    public void A_window_keeps_its_slowest_writes_and_turns_the_others_away()
    {
        var random = new Random(7);
        var latencies = Enumerable.Range(1, 1_000).Select(ms => TimeSpan.FromMilliseconds(ms)).ToArray();
        random.Shuffle(latencies);
        foreach (var (lsn, latency) in latencies.Index())
        {
            if (_slowest.IsSlow(latency))
            {
                Add(lsn + 1, latency);
            }
        }

        Assert.Equal(Enumerable.Range(981, 20).Reverse(), Milliseconds());
        Assert.False(_slowest.IsSlow(TimeSpan.FromMilliseconds(981)));
        Assert.True(_slowest.IsSlow(TimeSpan.FromMilliseconds(982)));
    }

    [Fact]
    public void A_new_window_begins_empty_and_the_older_ones_stay()
    {
        for (var lsn = 1; lsn <= SlowestWrites.WritesPerWindow; lsn++)
        {
            Add(lsn, TimeSpan.FromSeconds(1));
        }

        Assert.False(_slowest.IsSlow(TimeSpan.FromMilliseconds(1)));
        _time.Advance(SlowestWrites.Window);

        Assert.True(_slowest.IsSlow(TimeSpan.FromMilliseconds(1)));
        Add(100, TimeSpan.FromMilliseconds(1));
        Assert.Equal(SlowestWrites.WritesPerWindow + 1, Milliseconds().Count);
        Assert.Equal(1, Milliseconds()[^1]);
    }

    [Fact]
    public void A_window_is_gone_after_five_minutes_also_when_nothing_was_written_since()
    {
        Add(1, TimeSpan.FromSeconds(1));

        _time.Advance((SlowestWrites.WindowsMax * SlowestWrites.Window) - TimeSpan.FromTicks(1));
        Assert.Single(Milliseconds());

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Empty(Milliseconds());
        Add(2, TimeSpan.FromMilliseconds(2));
        Assert.Equal([2], Milliseconds());
    }

    [Fact]
    public void It_holds_a_bounded_number_whatever_comes_and_gives_no_more_than_asked_for()
    {
        for (var window = 0; window < 3 * SlowestWrites.WindowsMax; window++)
        {
            for (var lsn = 0; lsn < 2 * SlowestWrites.WritesPerWindow; lsn++)
            {
                Add(lsn + 1, TimeSpan.FromMilliseconds(window));
            }

            _time.Advance(SlowestWrites.Window);
        }

        Assert.Equal((SlowestWrites.WindowsMax - 1) * SlowestWrites.WritesPerWindow, Milliseconds().Count);
        Assert.Equal(Enumerable.Repeat(89, 10), _slowest.Read(10).Select(write => (int)write.Latency.TotalMilliseconds));
    }

    private void Add(long lsn, TimeSpan latency) => _slowest.Add(TestWrites.Slow(_time, lsn, latency));

    private List<int> Milliseconds() => [.. _slowest.Read(int.MaxValue).Select(write => (int)write.Latency.TotalMilliseconds)];
}

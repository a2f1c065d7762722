using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Components.Traces;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>The pictures of slow writes.</summary>
public sealed class StripPlotTests
{
    private static readonly SlowestWrite Write = new(
        17, "k", DateTimeOffset.UnixEpoch, 1, "success", TimeSpan.FromMilliseconds(500), "follower1", null,
        [
            new("follower1", TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(500)),
            new("follower2", TimeSpan.FromMilliseconds(1000), null),
        ]);

    [Fact]
    public void It_shows_each_followers_lag_and_confirmation()
    {
        var plot = new StripPlot(Write, TimeSpan.FromSeconds(1), _ => 1);

        Assert.Equal([new StripLine("follower1", 1, 40, 50, true), new StripLine("follower2", 1, 100, null, false)], plot.Lines);
        Assert.Equal((50.0, false), (plot.Answered, plot.IsAnsweredBeyond));
        Assert.Equal("follower1: 400 ms lag, confirmed after 500 ms; follower2: 1 s lag, not confirmed", plot.Text);
    }

    [Fact]
    public void A_write_that_ran_into_its_time_limit_does_not_stretch_the_scale_of_the_others()
    {
        var late = Write with { Outcome = "unknown", Latency = TimeSpan.FromSeconds(5), WaitedFor = null };
        var scale = StripPlot.ScaleOf([late, Write]);

        Assert.InRange(scale, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.2));
        Assert.True(new StripPlot(late, scale, _ => 1).IsAnsweredBeyond);
        Assert.True(StripPlot.ScaleOf([late]) >= TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, StripPlot.ScaleOf([]));
    }

    [Fact]
    public void The_leaders_answer_is_read_in_full()
    {
        var at = DateTimeOffset.UnixEpoch;
        var info = new WritesInfo(
            12345, 678, 0, 1000, 1, null, [],
            [new SlowWrite(17, "k", at, 1, "success", 0.5, "follower1", "abc", [new("follower1", 0.4, 0.5), new("follower2", 1, null)])]);

        var writes = MonitoredWrites.Convert(info);

        Assert.Equal((12345, 678), (writes.Writes, writes.Sampled));
        var write = Assert.Single(writes.Slowest);
        Assert.Equal(Write with { TraceId = "abc", Followers = write.Followers }, write);
        Assert.Equal(Write.Followers, write.Followers);
    }
}

using System.Collections.Concurrent;
using KvStore.Analysis;
using KvStore.Analysis.CatchUp;
using KvStore.Analysis.Load;

namespace KvStore.Tests.Analysis;

/// <summary>A load that does not wait for its answers.</summary>
public class FixedRateLoadTests
{
    [Fact]
    public async Task Writes_go_on_while_earlier_ones_have_no_answer_and_each_counts()
    {
        var stalled = new TaskCompletionSource<bool>();
        var enough = new TaskCompletionSource();
        var numbers = new ConcurrentBag<long>();
        var load = new FixedRateLoad(
            async (number, _) =>
            {
                numbers.Add(number);
                if (number == 99)
                {
                    enough.SetResult();
                    stalled.SetResult(false);
                }

                return number == 0 ? await stalled.Task : number % 2 == 0;
            },
            writesPerSecond: 10_000);

        var result = await load.RunAsync(enough.Task, CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, numbers.Count).Select(number => (long)number), numbers.Order());
        Assert.Equal(numbers.Count, result.Writes);
        Assert.Equal(1 + (numbers.Count / 2), result.Failed);
    }

    [Fact]
    public async Task A_write_without_an_answer_ends_the_load()
    {
        var load = new FixedRateLoad((_, _) => throw new AnalysisException("The leader is gone."), writesPerSecond: 1000);

        var e = await Assert.ThrowsAsync<AnalysisException>(() => load.RunAsync(new TaskCompletionSource().Task, CancellationToken.None));

        Assert.Equal("The leader is gone.", e.Message);
    }

    [Fact]
    public async Task What_is_in_flight_when_the_run_is_stopped_does_not_count()
    {
        using var stop = new CancellationTokenSource();
        var load = new FixedRateLoad(
            async (number, token) =>
            {
                if (number == 10)
                {
                    await stop.CancelAsync();
                }

                if (number >= 5)
                {
                    await Task.Delay(Timeout.Infinite, token);
                }

                return true;
            },
            writesPerSecond: 1000);

        var result = await load.RunAsync(Task.Delay(Timeout.Infinite, stop.Token), stop.Token);

        Assert.Equal((5, 0), (result.Writes, result.Failed));
    }

    [Fact]
    public void Fsyncs_are_read_from_the_metrics_of_a_node()
    {
        const string Before = "# TYPE kvstore_commit_fsync_duration_seconds histogram\nkvstore_commit_fsync_duration_seconds_sum{a=\"b\"} 0.5 1\nkvstore_commit_fsync_duration_seconds_count{a=\"b\"} 100 1\n";
        const string After = "kvstore_commit_fsync_duration_seconds_sum{a=\"b\"} 0.9 1\nkvstore_commit_fsync_duration_seconds_count{a=\"b\"} 300 1\n";

        var between = Fsyncs.Read(After).Since(Fsyncs.Read(Before));

        Assert.Equal(200, between.Commits);
        Assert.Equal(2, between.MeanMs!.Value, 9);
        Assert.Null(Fsyncs.Read("").MeanMs);
    }
}

using HdrHistogram;
using KvStore.Analysis.Bench.Load;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Analysis.Bench;

public class LoadLoopTests
{
    private const double RatePerSecond = 10;
    private const int NsPerMs = 1_000_000;
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    [Fact]
    public void In_the_open_loop_a_stall_shows_in_every_request_that_was_due_meanwhile()
    {
        // The third request takes a second, in which nine others become due on the one connection, 100 ms apart.
        var result = Run(new() { Duration = TimeSpan.FromSeconds(3), RatePerSecond = RatePerSecond }, connections: 1, request => request == 2 ? Stall : Quick);
        Assert.Equal(30, result.Operations);
        Assert.Equal(0, result.Errors);
        Assert.Equal(10, CountAbove(result, 50));
        Assert.Equal(6, CountAbove(result, 500));
    }

    [Fact]
    public void In_the_closed_loop_the_same_stall_shows_in_one_request()
    {
        var result = Run(new() { Duration = TimeSpan.FromSeconds(3) }, connections: 1, request => request == 2 ? Stall : Quick);
        Assert.Equal(2001, result.Operations, 5.0);
        Assert.Equal(1, CountAbove(result, 50));
    }

    [Fact]
    public void A_stall_that_lasts_beyond_the_end_shows()
    {
        var result = Run(new() { Duration = Stall, RatePerSecond = RatePerSecond }, connections: 5, request => request == 8 ? Stall : Quick);
        Assert.Equal(10, result.Operations);
        Assert.Equal(1, CountAbove(result, 900));
    }

    [Fact]
    public void A_request_without_an_answer_is_an_error()
    {
        var result = Run(new() { Duration = Stall, RatePerSecond = RatePerSecond }, connections: 5, request => request == 8 ? TimeSpan.FromDays(1) : Quick);
        Assert.Equal(9, result.Operations);
        Assert.Equal(1, result.Errors);
        Assert.NotNull(result.FirstError);
    }

    [Fact]
    public void Requests_of_the_warm_up_do_not_count()
    {
        var begun = 0;
        var result = Run(
            new() { WarmUp = TimeSpan.FromSeconds(2), Duration = Stall, RatePerSecond = RatePerSecond, Begins = () => begun++ }, connections: 1, request => request < 15 ? Stall / 10 : Quick);
        Assert.Equal(10, result.Operations);
        Assert.Equal(0, CountAbove(result, 50));
        Assert.Equal(Stall, result.Elapsed);
        Assert.Equal(1, begun);
    }

    [Fact]
    public void Each_request_is_sent_once_when_there_are_only_so_many()
    {
        var result = Run(new() { Duration = TimeSpan.FromHours(1) }, connections: 7, _ => Quick, new Workload { Keys = 1000 }.Filling());
        Assert.Equal(1000, result.Operations);
    }

    [Fact]
    public void A_run_that_is_cancelled_has_what_was_measured_until_then()
    {
        using var cancel = new CancellationTokenSource();
        var connections = new ScriptedConnections(1, request =>
        {
            if (request == 20)
            {
                cancel.Cancel();
            }

            return Stall;
        });
        var result = new LoadLoop(connections, connections.Time).Run(new Workload().Requests(1), new() { Duration = TimeSpan.FromHours(1) }, cancel.Token);
        Assert.Equal(21, result.Operations);
        Assert.Equal(21, result.Elapsed.TotalSeconds, 1.0);
    }

    private static LoadResult Run(LoadPlan plan, int connections, Func<int, TimeSpan> takes, IEnumerable<Request>? requests = null)
    {
        var scripted = new ScriptedConnections(connections, takes);
        return new LoadLoop(scripted, scripted.Time).Run(requests ?? new Workload().Requests(seed: 1), plan, CancellationToken.None);
    }

    private static long CountAbove(LoadResult result, int ms) =>
        result.LatencyNs.RecordedValues().Where(value => value.ValueIteratedTo > (long)ms * NsPerMs).Sum(value => value.CountAddedInThisIterationStep);

    /// <summary>A server whose answers take as long as the script says, on a clock that moves only while somebody waits.</summary>
    private sealed class ScriptedConnections(int count, Func<int, TimeSpan> takes) : IConnections
    {
        private readonly PriorityQueue<int, DateTimeOffset> _underWay = new();
        private int _sent;

        public FakeTimeProvider Time { get; } = new();

        public int Count => count;

        public void Send(int connection, Request request) => _underWay.Enqueue(connection, Time.GetUtcNow() + takes(_sent++));

        public void Wait(TimeSpan atMost, List<Answer> answers)
        {
            var until = Time.GetUtcNow() + atMost;
            if (_underWay.TryPeek(out _, out var next) && next < until)
            {
                until = next;
            }

            Time.SetUtcNow(until);
            while (_underWay.TryPeek(out _, out next) && next <= until)
            {
                answers.Add(new(_underWay.Dequeue(), null));
            }
        }

        public void Dispose()
        {
        }
    }
}

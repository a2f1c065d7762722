using KvStore.Node.Replication.Leader;

namespace KvStore.Tests.Replication;

/// <summary>No signal to a loop is lost, whenever it comes.</summary>
public sealed class WakeSignalTests : IDisposable
{
    private readonly WakeSignal _signal = new();

    public void Dispose() => _signal.Dispose();

    [Fact]
    public void A_signal_before_the_wait_ends_it_at_once_and_counts_once()
    {
        _signal.Set();
        _signal.Set();

        Assert.True(_signal.WaitAsync(null).IsCompleted);
        Assert.False(_signal.WaitAsync(null).IsCompleted);
    }

    [Fact]
    public void A_signal_during_the_wait_ends_it_and_leaves_nothing()
    {
        var woken = _signal.WaitAsync(null);
        Assert.False(woken.IsCompleted);

        _signal.Set();

        Assert.True(woken.IsCompleted);
        Assert.False(_signal.WaitAsync(null).IsCompleted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(20)]
    public Task A_wait_ends_after_its_time(double milliseconds) => _signal.WaitAsync(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public async Task A_loop_sees_everything_that_many_threads_signal()
    {
        const int threads = 4, each = 20_000;
        var (done, seen) = (0, 0);
        var signallers = Enumerable.Range(0, threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                Interlocked.Increment(ref done);
                _signal.Set();
            }
        })).ToList();

        while (seen < threads * each)
        {
            await _signal.WaitAsync(null);
            seen = Volatile.Read(ref done);
        }

        await Task.WhenAll(signallers);
    }
}

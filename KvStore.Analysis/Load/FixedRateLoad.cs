using System.Diagnostics;
using KvStore.Analysis.Statistics;

namespace KvStore.Analysis.Load;

/// <summary>
/// Writes at a fixed rate, each at its own moment whether the ones before have ended or not, and measures from that moment
/// on: a stall is not hidden by writing less.
/// </summary>
/// <param name="write">Makes the write of a number, from 0 on; whether it has its quorum.</param>
/// <param name="writesPerSecond">The rate.</param>
internal sealed class FixedRateLoad(Func<long, CancellationToken, Task<bool>> write, int writesPerSecond)
{
    /// <summary>Beyond that many in flight writes wait, and their latency counts all the same.</summary>
    private const int InFlightMax = 20_000;

    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(1);

    private readonly List<double> _latenciesMs = [];
    private long _failed;
    private int _inFlight;

    /// <summary>Writes until a task ends, whether it succeeds, fails or is cancelled.</summary>
    /// <param name="until">The task.</param>
    /// <param name="cancellationToken">Ends writes in flight, which do not count then.</param>
    /// <exception cref="AnalysisException">The leader does not answer.</exception>
    public async Task<LoadResult> RunAsync(Task until, CancellationToken cancellationToken)
    {
        (_failed, _inFlight) = (0, 0);
        _latenciesMs.Clear();
        var failure = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = Stopwatch.StartNew();
        for (var number = 0L; !until.IsCompleted && !failure.Task.IsCompleted;)
        {
            var due = TimeSpan.FromSeconds((double)number / writesPerSecond);
            if (due > watch.Elapsed + Early || Volatile.Read(ref _inFlight) >= InFlightMax)
            {
                await Task.Delay(Early, CancellationToken.None);
                continue;
            }

            Interlocked.Increment(ref _inFlight);
            _ = WriteAsync(number++, watch, due, failure, cancellationToken);
        }

        var elapsed = watch.Elapsed;
        while (Volatile.Read(ref _inFlight) > 0)
        {
            await Task.Delay(Early, CancellationToken.None);
        }

        if (failure.Task.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            await failure.Task;
        }

        return Result(elapsed);
    }

    private LoadResult Result(TimeSpan elapsed)
    {
        var latency = Summary.Of(_latenciesMs);
        return new LoadResult(_latenciesMs.Count / elapsed.TotalSeconds, latency?.Median, latency?.P99, _latenciesMs.Count, _failed);
    }

    // Nobody awaits it: RunAsync waits until none is in flight, and has the first failure from here.
    private async Task WriteAsync(long number, Stopwatch watch, TimeSpan due, TaskCompletionSource failure, CancellationToken cancellationToken)
    {
        try
        {
            var isAcknowledged = await write(number, cancellationToken);
            lock (_latenciesMs)
            {
                _latenciesMs.Add((watch.Elapsed - due).TotalMilliseconds);
                _failed += isAcknowledged ? 0 : 1;
            }
        }
        catch (Exception e)
        {
            failure.TrySetException(e);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}

using System.Diagnostics;

namespace KvStore.Tests.Benchmarks;

/// <summary>
/// Writes at a fixed rate, each at its own moment whether the ones before have ended or not, and measures from that moment
/// on: a stall is not hidden by writing less.
/// </summary>
internal sealed class FixedRateLoad(NodeProcess leader, int writesPerSecond)
{
    private readonly string _value = new('v', 100);
    private readonly List<double> _latenciesMs = [];
    private long _failed;

    /// <summary>Writes for a while, or until a task ends.</summary>
    /// <returns>How many writes succeeded a second, their median and 99th percentile in milliseconds, and how many failed.</returns>
    public async Task<(double Rate, double P50, double P99, long Failed)> RunAsync(Task until)
    {
        _latenciesMs.Clear();
        _failed = 0;
        var open = new List<Task>();
        var watch = Stopwatch.StartNew();
        for (var i = 0L; !until.IsCompleted; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / writesPerSecond);
            if (due > watch.Elapsed + TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(1);
                i--;
                continue;
            }

            open.Add(WriteAsync(i, watch, due));
            if (open.Count > 20_000)
            {
                open.RemoveAll(write => write.IsCompleted);
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        await Task.WhenAll(open);
        var sorted = _latenciesMs.Order().ToList();
        return (sorted.Count / seconds, At(sorted, 0.5), At(sorted, 0.99), _failed);
    }

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[(int)(share * (sorted.Count - 1))];

    private async Task WriteAsync(long number, Stopwatch watch, TimeSpan due)
    {
        var isAcknowledged = await leader.WriteAsync($"load-{number % 1000}", _value);
        lock (_latenciesMs)
        {
            _latenciesMs.Add((watch.Elapsed - due).TotalMilliseconds);
            _failed += isAcknowledged ? 0 : 1;
        }
    }
}

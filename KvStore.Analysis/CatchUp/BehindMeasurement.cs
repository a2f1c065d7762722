using System.Diagnostics;
using System.Globalization;

namespace KvStore.Analysis.CatchUp;

/// <summary>One follower is down while the others take so many writes; then it starts.</summary>
/// <param name="folder">Where the data go.</param>
/// <param name="settings">How much.</param>
/// <param name="say">Told what goes on.</param>
internal sealed class BehindMeasurement(string folder, CatchUpSettings settings, Action<string> say)
{
    private const int Writers = 64;
    private const int Keys = 10_000;
    private const int WritesPerLook = 100_000;
    private const int WritesPerMemoryLook = 10_000;

    /// <summary>Measures.</summary>
    /// <param name="report">Given what there is, whenever there is more.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="AnalysisException">A node goes away, or the nodes do not become identical.</exception>
    public async Task RunAsync(Action<CatchUpResult> report, CancellationToken cancellationToken)
    {
        using var nodes = new NodeProcesses(folder);
        await nodes.StartAsync(cancellationToken, "follower1", "follower2", "follower3", "follower4", "leader");
        var (leader, value) = (nodes["leader"], new string('v', CatchUpMeasurement.ValueBytes));
        var (next, peak, disk) = (0L, 0L, new List<long>());
        var watch = Stopwatch.StartNew();
        CatchUpResult Now(long writes) => new(CatchUpSettings.Behind)
        {
            WritesPerSecond = writes / watch.Elapsed.TotalSeconds,
            LeaderMbMax = peak >> 20,
            LeaderDiskMb = [.. disk],
        };

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= settings.Entries)
            {
                await nodes.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"key-{number % Keys}"), value, cancellationToken);
                if (number % WritesPerMemoryLook == 0)
                {
                    peak = Math.Max(peak, leader.ResidentBytes);
                }

                if (number % WritesPerLook == 0)
                {
                    lock (disk)
                    {
                        disk.Add(DiskBytes(Path.Combine(folder, "leader")) >> 20);
                        report(Now(number));
                        say($"{number:N0} writes with a follower down");
                    }
                }
            }
        }));
        var result = Now(settings.Entries);
        report(result);
        say("starting the follower");
        watch.Restart();
        await nodes.StartAsync("follower5", cancellationToken);
        await nodes.WaitUntilIdenticalAsync(cancellationToken);
        report(result with { Seconds = watch.Elapsed.TotalSeconds, IsIdentical = true });
    }

    private static long DiskBytes(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);
}

using System.Diagnostics;
using System.Globalization;

namespace KvStore.Tests.Benchmarks;

/// <summary>Measures what docs/performance.md states of catching up, snapshots, starting and memory.</summary>
internal static class BenchCommand
{
    public const string Arguments = "catchup|snapshot|ready|behind [--entries N], or dashboard [--seconds N]";

    private const int ValueBytes = 100;
    private const int LoadPerSecond = 1000;
    private const int DashboardSeconds = 60;
    private static readonly TimeSpan Baseline = TimeSpan.FromSeconds(15);

    /// <summary>Runs one of them.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var entries = 1_000_000L;
        if (args is [_, "--entries", var text] && (!long.TryParse(text, CultureInfo.InvariantCulture, out entries) || entries < 1000))
        {
            Console.Error.WriteLine($"--entries must be a number from 1000 on; got '{text}'.");
            return 1;
        }

        if (args is ["dashboard"] or ["dashboard", "--seconds", _])
        {
            var seconds = DashboardSeconds;
            if (args.Length == 3 && (!int.TryParse(args[2], CultureInfo.InvariantCulture, out seconds) || seconds < 1))
            {
                Console.Error.WriteLine($"--seconds must be a number from 1 on; got '{args[2]}'.");
                return 1;
            }

            await DashboardBench.RunAsync(TimeSpan.FromSeconds(seconds));
            return 0;
        }

        var folder = Directory.CreateTempSubdirectory("kvstore-bench-");
        try
        {
            switch (args)
            {
                case ["catchup", ..]:
                    await CatchUpAsync(folder.FullName, entries, isSnapshot: false);
                    return 0;
                case ["snapshot", ..]:
                    await CatchUpAsync(folder.FullName, entries, isSnapshot: true);
                    return 0;
                case ["ready", ..]:
                    await ReadyAsync(folder.FullName, entries);
                    return 0;
                case ["behind", ..]:
                    await BehindAsync(folder.FullName, entries);
                    return 0;
                default:
                    Console.Error.WriteLine($"bench takes: {Arguments}");
                    return 1;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Four followers have everything and one has nothing; it starts while writes go on at a fixed rate.
    private static async Task CatchUpAsync(string folder, long entries, bool isSnapshot)
    {
        var cut = isSnapshot ? entries : 0;
        Print($"Filling five stores with {entries:N0} entries of {ValueBytes} bytes{(isSnapshot ? ", the log cut" : "")}");
        string[] full = ["leader", "follower1", "follower2", "follower3", "follower4"];
        Parallel.ForEach(full, new ParallelOptions { MaxDegreeOfParallelism = 2 }, id => PreparedStore.Fill(Path.Combine(folder, id), id, entries, ValueBytes, cut));

        await using var cluster = new BenchCluster(folder);
        await cluster.StartAsync("follower1", "follower2", "follower3", "follower4", "leader");
        Print($"The leader was ready after {cluster["leader"].ReadyAfter.TotalSeconds:0.00} s");
        var load = new FixedRateLoad(cluster["leader"], LoadPerSecond);
        await load.RunAsync(Task.Delay(Baseline)); // The code is compiled in its final form only after a while.
        var fsyncs = await cluster["leader"].FsyncsAsync();
        var before = await load.RunAsync(Task.Delay(Baseline));
        Print($"Before:  {Describe(before)}; leader {cluster["leader"].ResidentBytes >> 20} MB, {await FsyncSinceAsync(cluster["leader"], fsyncs)}");

        await cluster.StartAsync("follower5");
        var cpu = (Leader: cluster["leader"].Cpu, Follower: cluster["follower5"].Cpu);
        var watch = Stopwatch.StartNew();
        var peak = 0L;
        var caughtUp = Task.Run(async () =>
        {
            while ((await cluster["follower5"].GetAsync("/")).GetProperty("watermark").GetInt64() < entries)
            {
                peak = Math.Max(peak, cluster["leader"].ResidentBytes);
                await Task.Delay(50);
            }

            return watch.Elapsed;
        });
        fsyncs = await cluster["leader"].FsyncsAsync();
        var during = await load.RunAsync(caughtUp);
        var took = await caughtUp;
        Print($"During:  {Describe(during)}; leader {peak >> 20} MB at most, {await FsyncSinceAsync(cluster["leader"], fsyncs)}");
        Print($"follower5: {await FsyncSinceAsync(cluster["follower5"], default)}; follower1: {await FsyncSinceAsync(cluster["follower1"], default)}");
        Print($"{entries / took.TotalSeconds:N0} {(isSnapshot ? "keys" : "entries")}/s into one follower ({took.TotalSeconds:0.0} s); "
            + $"CPU: leader {(cluster["leader"].Cpu - cpu.Leader).TotalSeconds:0.0} s, follower {(cluster["follower5"].Cpu - cpu.Follower).TotalSeconds:0.0} s; "
            + $"p99 {during.P99 / before.P99:0.00} times that before");
        await cluster.AssertIdenticalAsync();
    }

    private static async Task ReadyAsync(string folder, long entries)
    {
        Print($"Filling two stores with {entries:N0} keys");
        PreparedStore.Fill(Path.Combine(folder, "leader"), "leader", entries, ValueBytes);
        PreparedStore.Fill(Path.Combine(folder, "follower1"), "follower1", entries, ValueBytes);
        for (var round = 1; round <= 5; round++)
        {
            await using var cluster = new BenchCluster(folder);
            await cluster.StartAsync("follower1");
            await cluster.StartAsync("leader");
            Print($"Ready after: follower {cluster["follower1"].ReadyAfter.TotalSeconds:0.00} s, leader {cluster["leader"].ReadyAfter.TotalSeconds:0.00} s");
        }
    }

    // One follower is down while the others take so many writes.
    private static async Task BehindAsync(string folder, long entries)
    {
        await using var cluster = new BenchCluster(folder);
        await cluster.StartAsync("follower1", "follower2", "follower3", "follower4", "leader");
        var leader = cluster["leader"];
        var value = new string('v', ValueBytes);
        var (next, peak) = (0L, 0L);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= entries)
            {
                await leader.WriteAsync($"key-{number % 10_000}", value);
                if (number % 10_000 == 0)
                {
                    peak = Math.Max(peak, leader.ResidentBytes);
                }

                if (number % 100_000 == 0)
                {
                    Print($"{number:N0} writes, {number / watch.Elapsed.TotalSeconds:N0}/s, leader {leader.ResidentBytes >> 20} MB, disk {DiskBytes(Path.Combine(folder, "leader")) >> 20} MB");
                }
            }
        }));
        Print($"With a follower down for {entries:N0} writes the leader has had {peak >> 20} MB at most");
        watch.Restart();
        await cluster.StartAsync("follower5");
        await cluster.AssertIdenticalAsync();
        Print($"The follower was identical {watch.Elapsed.TotalSeconds:0.0} s after its start");
    }

    private static async Task<string> FsyncSinceAsync(NodeProcess node, (double Count, double Seconds) before)
    {
        var (count, seconds) = await node.FsyncsAsync();
        return string.Create(CultureInfo.InvariantCulture, $"{count - before.Count:0} commits of {(seconds - before.Seconds) * 1000 / (count - before.Count):0.0} ms");
    }

    private static long DiskBytes(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);

    private static string Describe((double Rate, double P50, double P99, long Failed) load) => string.Create(
        CultureInfo.InvariantCulture, $"{load.Rate:0} writes/s, median {load.P50:0.0} ms, p99 {load.P99:0.0} ms, {load.Failed} failed");

    private static void Print(string text) => Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {text}");
}

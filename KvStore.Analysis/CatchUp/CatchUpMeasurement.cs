using System.Diagnostics;
using System.Globalization;
using KvStore.Analysis.Load;

namespace KvStore.Analysis.CatchUp;

/// <summary>Four followers have everything and one has nothing; it joins while writes go on at a fixed rate.</summary>
/// <param name="folder">Where the data go.</param>
/// <param name="settings">How much.</param>
/// <param name="isSnapshot">Whether the log is cut, so that it gets a snapshot.</param>
/// <param name="say">Told what goes on.</param>
internal sealed class CatchUpMeasurement(string folder, CatchUpSettings settings, bool isSnapshot, Action<string> say)
{
    /// <summary>The size of a value.</summary>
    public const int ValueBytes = 100;

    private const int KeysOfLoad = 1000;
    private const string Joining = "follower5";
    private static readonly TimeSpan Baseline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Full = ["leader", "follower1", "follower2", "follower3", "follower4"];

    /// <summary>Measures.</summary>
    /// <param name="report">Given what there is, whenever there is more.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="AnalysisException">A node goes away, or the nodes do not become identical.</exception>
    public async Task RunAsync(Action<CatchUpResult> report, CancellationToken cancellationToken)
    {
        var result = new CatchUpResult(isSnapshot ? CatchUpSettings.Snapshot : CatchUpSettings.Log);
        report(result);
        say($"filling five stores with {settings.Entries:N0} entries of {ValueBytes} bytes");
        var cut = isSnapshot ? settings.Entries : 0;
        await Parallel.ForEachAsync(Full, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellationToken }, (id, token) =>
        {
            PreparedStore.Fill(Path.Combine(folder, id), id, settings.Entries, ValueBytes, cut, token);
            return ValueTask.CompletedTask;
        });

        using var nodes = new NodeProcesses(folder);
        await nodes.StartAsync(cancellationToken, [.. Full[1..], Full[0]]);
        var (leader, value) = (nodes["leader"], new string('v', ValueBytes));
        var load = new FixedRateLoad(
            (number, token) => nodes.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"load-{number % KeysOfLoad}"), value, token), settings.Rate);
        say("writing, until the code is compiled in its final form");
        await load.RunAsync(Task.Delay(Baseline, cancellationToken), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        say("writing, before the follower joins");
        var fsyncs = await nodes.FsyncsAsync("leader", cancellationToken);
        var before = await load.RunAsync(Task.Delay(Baseline, cancellationToken), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        report(result = result with
        {
            Before = before,
            LeaderFsyncsBefore = (await nodes.FsyncsAsync("leader", cancellationToken)).Since(fsyncs),
            LeaderMbBefore = leader.ResidentBytes >> 20,
        });

        say("writing, while the follower catches up");
        await nodes.StartAsync(Joining, cancellationToken);
        var cpu = (Leader: leader.Cpu, Follower: nodes[Joining].Cpu);
        fsyncs = await nodes.FsyncsAsync("leader", cancellationToken);
        var watch = Stopwatch.StartNew();
        var peak = 0L;
        var caughtUp = Task.Run(
            async () =>
            {
                while (await nodes.WatermarkAsync(Joining, cancellationToken) < settings.Entries)
                {
                    peak = Math.Max(peak, leader.ResidentBytes);
                    await Task.Delay(Pause, cancellationToken);
                }

                return watch.Elapsed.TotalSeconds;
            },
            cancellationToken);
        var during = await load.RunAsync(caughtUp, cancellationToken);
        var seconds = await caughtUp;
        report(result = result with
        {
            During = during,
            LeaderFsyncsDuring = (await nodes.FsyncsAsync("leader", cancellationToken)).Since(fsyncs),
            Seconds = seconds,
            TakenPerSecond = settings.Entries / seconds,
            LeaderCpuSeconds = (leader.Cpu - cpu.Leader).TotalSeconds,
            FollowerCpuSeconds = (nodes[Joining].Cpu - cpu.Follower).TotalSeconds,
            LeaderMbMax = peak >> 20,
        });
        say("waiting until all nodes are identical");
        await nodes.WaitUntilIdenticalAsync(cancellationToken);
        report(result with { IsIdentical = true });
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using HdrHistogram;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Report;
using KvStore.Analysis.Bench.Stores;

namespace KvStore.Analysis.Bench;

/// <summary>Puts load on a store, and sees what everybody used meanwhile.</summary>
internal static class Measuring
{
    private const int FillConnections = 64;
    private const double NsPerMs = 1_000_000;
    private static readonly TimeSpan FillLimit = TimeSpan.FromHours(1);

    /// <summary>Writes every key of a workload once.</summary>
    /// <exception cref="AnalysisException">The store does not take them.</exception>
    public static async Task FillAsync(IStore store, Workload workload, CancellationToken cancellationToken)
    {
        var plan = new LoadPlan { Duration = FillLimit };
        var result = await RunAsync(store, workload with { Connections = FillConnections }, workload.Filling(), plan, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (result.Errors > 0)
        {
            throw new AnalysisException($"{result.Errors} of the {workload.Keys:N0} keys could not be written before the measurement: {result.FirstError}");
        }
    }

    /// <summary>Measures one round.</summary>
    /// <returns>What it brought; null when it was cancelled before anything counted.</returns>
    public static async Task<Measurement?> RoundAsync(
        Scenario scenario, Contender contender, int round, IStore store, TimeSpan warmUp, TimeSpan duration, CancellationToken cancellationToken)
    {
        var (begin, end) = (new Use(store), new Use(store));
        var plan = new LoadPlan { WarmUp = warmUp, Duration = duration, RatePerSecond = contender.Workload.RatePerSecond, Begins = begin.Read, Ends = end.Read };
        var result = await RunAsync(store, contender.Workload, contender.Workload.Requests(seed: round), plan, cancellationToken);
        if (result.Elapsed == TimeSpan.Zero)
        {
            return null;
        }

        var operations = Math.Max(1, result.Operations);
        var clientCpu = end.Client - begin.Client;
        return new()
        {
            Scenario = scenario.Name,
            Contender = contender.Name,
            Round = round,
            Connections = contender.Workload.Connections,
            Seconds = result.Elapsed.TotalSeconds,
            Operations = result.Operations,
            Errors = result.Errors,
            FirstError = result.FirstError,
            OperationsPerSecond = result.Operations / result.Elapsed.TotalSeconds,
            LatencyMs = LatencyOf(result),
            Generator = new(clientCpu / result.Elapsed, clientCpu.TotalMicroseconds / operations),
            Servers = ServersOf(store, begin, end, operations, result.Elapsed),
        };
    }

    private static Task<LoadResult> RunAsync(IStore store, Workload workload, IEnumerable<Request> requests, LoadPlan plan, CancellationToken cancellationToken)
    {
        // On a thread of its own: it waits in system calls.
        return Task.Factory.StartNew(
            () =>
            {
                try
                {
                    var seed = 0;
                    using var connections = new SocketConnections(store.Leader, workload.Connections, () => store.Converse(workload, seed++));
                    return new LoadLoop(connections, TimeProvider.System).Run(requests, plan, cancellationToken);
                }
                catch (SocketException e)
                {
                    throw new AnalysisException($"{store.Description} takes no connection at {store.Leader}: {e.Message}", e);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static Latency LatencyOf(LoadResult result)
    {
        var ns = result.LatencyNs;
        double At(double percentile) => ns.GetValueAtPercentile(percentile) / NsPerMs;
        return result.Operations == 0
            ? new(0, 0, 0, 0, 0, 0, 0)
            : new(ns.GetMean() / NsPerMs, At(0), At(50), At(90), At(99), At(99.9), At(100));
    }

    private static ServerUse? ServersOf(IStore store, Use begin, Use end, long operations, TimeSpan elapsed)
    {
        if (store.Processes.Count == 0)
        {
            return null;
        }

        TimeSpan[] used = [.. end.Servers.Zip(begin.Servers, (after, before) => after - before)];
        var followers = used[1..].Aggregate(TimeSpan.Zero, (sum, one) => sum + one);
        return new(
            used[0].TotalMicroseconds / operations, followers.TotalMicroseconds / operations, (used[0] + followers) / elapsed,
            store.Processes[0].ResidentBytes >> 20, store.Processes.Skip(1).Select(process => process.ResidentBytes >> 20).DefaultIfEmpty().Max());
    }

    /// <summary>CPU time so far, of this process and of a store's.</summary>
    private sealed class Use(IStore store)
    {
        public TimeSpan Client { get; private set; }

        public TimeSpan[] Servers { get; private set; } = [];

        public void Read()
        {
            using var own = Process.GetCurrentProcess();
            Client = own.TotalProcessorTime;
            Servers = [.. store.Processes.Select(process => process.Cpu)];
        }
    }
}

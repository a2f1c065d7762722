using System.Diagnostics;
using System.Globalization;
using KvStore.Analysis.Cluster;
using KvStore.Analysis.Consistency;

namespace KvStore.Analysis.Quorum;

/// <summary>Writes with each write quorum in turn, and looks after each how the replicas compare.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="inForce">Its settings.</param>
/// <param name="settings">How many writes, over how many keys.</param>
/// <param name="progress">Told of each answer with the write quorum, 0 in the warm-up, and the part of the writes that is answered.</param>
internal sealed class QuorumExperiment(ClusterUnderTest cluster, SettingsInForce inForce, QuorumSettings settings, Action<int, double> progress)
{
    /// <summary>The outcome of a write that had its quorum.</summary>
    public const string Success = "success";

    // Uncounted writes for each one in flight, before and after a comparison: code is compiled to its last form only once it has
    // run often, that of a comparison too, and while it is compiled writes wait for the processor.
    private const int WarmUpRounds = 50;

    private static readonly TimeSpan ConvergesWithin = TimeSpan.FromSeconds(30);

    private readonly List<QuorumStep> _steps = [];

    /// <summary>What has been measured; it is filled while the experiment runs, and stays when it ends early.</summary>
    public IReadOnlyList<QuorumStep> Steps => _steps;

    /// <summary>Runs it.</summary>
    /// <exception cref="AnalysisException">A node does not answer.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await inForce.SetQuorumAsync(1, cancellationToken);
        await WarmUpAsync(cancellationToken);
        for (var quorum = 1; quorum <= cluster.Followers.Count; quorum++)
        {
            await MeasureAsync(quorum, cancellationToken);
        }
    }

    private async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var half = settings.Concurrency * WarmUpRounds;
        var answered = 0;
        void Report(MeasuredWrite write) => progress(0, Interlocked.Increment(ref answered) / (2.0 * half));
        await WriteAllAsync("warm-up", half, Report, cancellationToken);
        await CompareAsync(cancellationToken);
        await WriteAllAsync("warm-up", half, Report, cancellationToken);
        await CompareAsync(cancellationToken);
    }

    private async Task MeasureAsync(int quorum, CancellationToken cancellationToken)
    {
        await inForce.SetQuorumAsync(quorum, cancellationToken);
        var before = await CounterAsync(quorum, cancellationToken);
        var writes = new List<MeasuredWrite>();
        _steps.Add(new QuorumStep(quorum) { Writes = writes });
        await WriteAllAsync(string.Create(CultureInfo.InvariantCulture, $"W{quorum}"), settings.Writes, write => Add(writes, quorum, write), cancellationToken);

        // At once: what a follower lacks now, it gets in the next moments.
        var replicas = await CompareAsync(cancellationToken);
        _steps[^1] = _steps[^1] with { Replicas = replicas };
        var after = await CounterAsync(quorum, cancellationToken);
        _steps[^1] = _steps[^1] with
        {
            Leader = new(quorum, after.Count - before.Count, after.SumSeconds - before.SumSeconds, after.LagSumSeconds - before.LagSumSeconds),
        };
    }

    private Task<IReadOnlyList<ReplicaComparison>> CompareAsync(CancellationToken cancellationToken) =>
        new ConvergenceCheck(cluster, ConvergesWithin + TimeSpan.FromMilliseconds(inForce.Lag.MaxDelayMs)).RunAsync(cancellationToken);

    private void Add(List<MeasuredWrite> writes, int quorum, MeasuredWrite write)
    {
        lock (writes)
        {
            writes.Add(write);
            progress(quorum, (double)writes.Count / settings.Writes);
        }
    }

    // So many writes, always as many in flight as were asked for.
    private async Task WriteAllAsync(string label, int count, Action<MeasuredWrite> measured, CancellationToken cancellationToken)
    {
        var next = 0;
        var watch = Stopwatch.StartNew();
        using var failure = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writers = Enumerable.Range(0, Math.Min(settings.Concurrency, count)).Select(async _ =>
        {
            try
            {
                while (Interlocked.Increment(ref next) is var number && number <= count)
                {
                    measured(await WriteAsync(label, number, watch, failure.Token));
                }
            }
            catch (AnalysisException)
            {
                await failure.CancelAsync(); // The others would go on without a leader.
                throw;
            }
        });
        await Task.WhenAll(writers);
    }

    private async Task<MeasuredWrite> WriteAsync(string label, int number, Stopwatch watch, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"experiment-{number % settings.Keys}");
        var sentAt = watch.Elapsed;
        var answer = await cluster.Client.WriteAsync(cluster.Leader, new(key, $"{label}-{number}"), cancellationToken);
        return new MeasuredWrite(
            number, key, sentAt.TotalMilliseconds, (watch.Elapsed - sentAt).TotalMilliseconds, answer.Outcome ?? Success, answer.Version, answer.ReplicatedTo);
    }

    private async Task<WriteCounter> CounterAsync(int quorum, CancellationToken cancellationToken)
    {
        var writes = await cluster.Client.GetAsync(cluster.Leader, "/replication/writes", NodeJson.Default.WritesInfo, cancellationToken);
        return writes.Latency.FirstOrDefault(counter => counter.WriteQuorum == quorum) ?? new(quorum, 0, 0, 0);
    }
}

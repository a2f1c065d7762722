using System.Diagnostics;
using System.Globalization;
using KvStore.Analysis.Cluster;
using KvStore.Analysis.Load;

namespace KvStore.Analysis.Lag;

/// <summary>Writes at a fixed rate, and asks the leader meanwhile how far each follower is behind.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="settings">How much, and for how long.</param>
internal sealed class LagMeasurement(ClusterUnderTest cluster, LagSettings settings)
{
    // Connections are opened and code is compiled.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    // What is measured begins with followers that lack nothing, unless one is away.
    private static readonly TimeSpan SettledWithin = TimeSpan.FromSeconds(10);

    private readonly List<LagSample> _samples = [];

    /// <summary>What has been seen; it is filled while the measurement runs, and stays when it ends early.</summary>
    public IReadOnlyList<LagSample> Samples => _samples;

    /// <summary>Measures.</summary>
    /// <param name="progress">Told of the seconds that have passed.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="AnalysisException">The leader does not answer.</exception>
    public async Task<LoadResult> RunAsync(Action<double> progress, CancellationToken cancellationToken)
    {
        var value = new string('v', settings.ValueBytes);
        var load = new FixedRateLoad(
            async (number, token) =>
                (await cluster.Client.WriteAsync(cluster.Leader, new(string.Create(CultureInfo.InvariantCulture, $"lag-{number % settings.Keys}"), value), token)).Outcome is null,
            settings.Rate);
        await load.RunAsync(Task.Delay(WarmUp, cancellationToken), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        await SettleAsync(cancellationToken);
        var sampling = SampleAsync(progress, cancellationToken);
        var result = await load.RunAsync(sampling, cancellationToken);
        await sampling;
        return result;
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while ((await ReadAsync(cancellationToken)).Any(follower => follower.LagEntries > 0) && watch.Elapsed < SettledWithin)
        {
            await Task.Delay(settings.IntervalMs, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<FollowerLag>> ReadAsync(CancellationToken cancellationToken) =>
        (await cluster.Client.GetAsync(cluster.Leader, "/replication", NodeJson.Default.ReplicationInfo, cancellationToken)).Followers;

    private async Task SampleAsync(Action<double> progress, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(settings.IntervalMs));
        while (watch.Elapsed.TotalSeconds < settings.Seconds)
        {
            var followers = await ReadAsync(cancellationToken);
            var now = watch.Elapsed.TotalSeconds;
            _samples.AddRange(followers.Select(follower => new LagSample(
                now, follower.Id ?? follower.Address, follower.State, follower.LagEntries, follower.LagBytes, follower.LagSeconds)));
            progress(now);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}

using System.Diagnostics;
using KvStore.Analysis.Cluster;

namespace KvStore.Analysis.Consistency;

/// <summary>Compares followers with their leader after writing has ended (CONVERGE): equal digests at equal watermarks mean equal stores.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="patience">How long followers have to become identical.</param>
internal sealed class ConvergenceCheck(ClusterUnderTest cluster, TimeSpan patience)
{
    /// <summary>Beyond this many keys states are compared by their digests alone.</summary>
    private const int ListedKeysMax = 100_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Looks at once, and again until every follower is identical or patience ends. Nothing writes meanwhile, unless others do.</summary>
    /// <exception cref="AnalysisException">A node does not answer.</exception>
    public async Task<IReadOnlyList<ReplicaComparison>> RunAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var atFirst = await CompareStatesAsync(cancellationToken);
        var times = await Task.WhenAll(cluster.Followers.Select(follower => WaitUntilIdenticalAsync(follower, watch, cancellationToken)));
        var atLast = times.Contains(null) ? await CompareStatesAsync(cancellationToken) : null;
        return
        [
            .. cluster.Followers.Select((follower, i) =>
                new ReplicaComparison(follower.Id, atFirst?[i], times[i], times[i] is null ? atLast?[i] : null)),
        ];
    }

    // The leader's digest is read after a follower's differs: by then it may be the leader that has moved on.
    private async Task<TimeSpan?> WaitUntilIdenticalAsync(Follower follower, Stopwatch watch, CancellationToken cancellationToken)
    {
        NodeDigest? leader = null;
        do
        {
            var digest = await DigestAsync(follower.Address, cancellationToken);
            if (digest is not null && digest == (leader ??= await DigestAsync(cluster.Leader, cancellationToken)))
            {
                return watch.Elapsed;
            }

            leader = digest?.Watermark > leader?.Watermark ? null : leader;
            await Task.Delay(Pause, cancellationToken);
        }
        while (watch.Elapsed < patience);
        return null;
    }

    private async Task<IReadOnlyList<StateComparison>?> CompareStatesAsync(CancellationToken cancellationToken)
    {
        if (await DigestAsync(cluster.Leader, cancellationToken) is not { Count: <= ListedKeysMax })
        {
            return null;
        }

        var states = await Task.WhenAll(cluster.Followers.Select(follower => follower.Address).Prepend(cluster.Leader).Select(node =>
            cluster.Client.TryGetAsync(node, "/state", NodeJson.Default.NodeState, cancellationToken)));
        return states.Contains(null) ? null : [.. states.Skip(1).Select(state => StateComparison.Of(states[0]!, state!))];
    }

    private Task<NodeDigest?> DigestAsync(Uri node, CancellationToken cancellationToken) =>
        cluster.Client.TryGetAsync(node, "/replication/digest", NodeJson.Default.NodeDigest, cancellationToken);
}

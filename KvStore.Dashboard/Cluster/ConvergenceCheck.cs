using KvStore.Dashboard.Configuration;

namespace KvStore.Dashboard.Cluster;

/// <summary>How a node's store compares with the leader's.</summary>
public enum Comparison
{
    /// <summary>Equal digests at equal watermarks: the same keys, versions and values.</summary>
    Identical,

    /// <summary>Equal watermarks and different digests, the same ones twice: the stores differ.</summary>
    Different,

    /// <summary>It has not got everything yet, so there is nothing to compare.</summary>
    Behind,

    /// <summary>It does not answer.</summary>
    Silent,
}

/// <summary>What the check found out about one node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Comparison">How it compares.</param>
/// <param name="Digest">Its digest; null when it does not answer.</param>
/// <param name="Note">The same in words.</param>
public sealed record NodeComparison(string Node, Comparison Comparison, DigestInfo? Digest, string Note);

/// <summary>Compares the stores of all nodes by their digests (CONVERGE).</summary>
internal sealed class ConvergenceCheck(DashboardOptions options, NodeClient client, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Reads digests until every node compares, or for ten seconds: while somebody writes, followers lag behind and digests are of
    /// different moments.
    /// </summary>
    /// <param name="report">Told after each round.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async Task RunAsync(Action<IReadOnlyList<NodeComparison>> report, CancellationToken cancellationToken)
    {
        if (options.Leader is not { } leader)
        {
            return;
        }

        var startedAt = time.GetTimestamp();
        var differed = new Dictionary<string, (DigestInfo, DigestInfo)>();
        while (true)
        {
            // The leader's digest is read before and after the followers', so that equal ones frame a moment in which nothing came.
            var before = await ReadAsync(leader, cancellationToken);
            var digests = await Task.WhenAll(options.Followers.Select(follower => ReadAsync(follower.Address, cancellationToken)));
            var after = await ReadAsync(leader, cancellationToken);
            var isStill = before.Digest is not null && before.Digest == after.Digest;

            List<NodeComparison> result = [CompareLeader(after, isStill)];
            foreach (var (follower, (digest, error)) in options.Followers.Zip(digests))
            {
                result.Add(Compare(follower.Name, digest, error, after.Digest, isStill, differed));
            }

            report(result);
            if (result.All(node => node.Comparison is Comparison.Identical or Comparison.Different or Comparison.Silent)
                || time.GetElapsedTime(startedAt) > Patience)
            {
                return;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private static NodeComparison CompareLeader((DigestInfo? Digest, string? Error) reading, bool isStill) => reading switch
    {
        { Digest: null } => new("leader", Comparison.Silent, null, $"{reading.Error} Without the leader there is nothing to compare with."),
        { Digest: { } digest } when isStill => new("leader", Comparison.Identical, digest, "The others are compared with it."),
        { Digest: { } digest } => new("leader", Comparison.Behind, digest, "It is taking writes; digests compare once it rests."),
    };

    private static NodeComparison Compare(
        string name, DigestInfo? digest, string? error, DigestInfo? leader, bool isStill, Dictionary<string, (DigestInfo, DigestInfo)> differed)
    {
        if (digest is null || leader is null)
        {
            return new(name, Comparison.Silent, digest, error ?? "The leader does not answer.");
        }

        if (digest == leader)
        {
            differed.Remove(name);
            return new(name, Comparison.Identical, digest, "Identical.");
        }

        if (digest.Watermark != leader.Watermark || !isStill)
        {
            differed.Remove(name);
            var missing = leader.Watermark - digest.Watermark;
            return new(name, Comparison.Behind, digest, missing > 0 ? $"{missing:N0} entries behind." : "Not at the leader's LSN yet.");
        }

        // Entries above the watermark count in a digest too, so a difference is believed when the very same is seen again.
        var isKnown = differed.TryGetValue(name, out var before) && before == (digest, leader);
        differed[name] = (digest, leader);
        return isKnown
            ? new(name, Comparison.Different, digest, "Has the same LSNs and other contents. This must never happen: please report it.")
            : new(name, Comparison.Behind, digest, "Looks different; reading again.");
    }

    private async Task<(DigestInfo? Digest, string? Error)> ReadAsync(Uri node, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetAsync(node, "/replication/digest", NodeJson.Default.DigestInfo, cancellationToken), null);
        }
        catch (NodeException e)
        {
            return (null, e.Message);
        }
    }
}

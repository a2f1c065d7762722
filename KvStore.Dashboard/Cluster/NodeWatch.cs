using System.Net;

namespace KvStore.Dashboard.Cluster;

/// <summary>Asks one node about itself again and again. One that hangs holds up nobody else.</summary>
internal sealed class NodeWatch(string name, Uri address, bool isLeader, NodeClient client)
{
    private volatile Reading _last = new(new NodeView(name, address, Info: null, Health: null, "It was not asked yet."), Replication: null, Writes: null);

    /// <summary>What it last answered.</summary>
    public Reading Last => _last;

    /// <summary>Asks once.</summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = client.GetAsync(address, "/", NodeJson.Default.NodeInfo, cancellationToken);
            var health = AskHealthAsync(cancellationToken);
            var replication = isLeader ? client.GetAsync(address, "/replication", NodeJson.Default.ReplicationInfo, cancellationToken) : null;
            var writes = isLeader ? AskWritesAsync(cancellationToken) : null;
            await Task.WhenAll(new Task?[] { info, health, replication, writes }.OfType<Task>());
            _last = new(
                new NodeView(name, address, await info, await health, Error: null),
                replication is null ? null : await replication,
                writes is null ? null : await writes);
        }
        catch (NodeException e)
        {
            _last = new(_last.Node with { Error = e.Message }, Replication: null, Writes: null);
        }
    }

    // A node that is not healthy answers 503, and says why.
    private async Task<HealthInfo?> AskHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(address, "/health", NodeJson.Default.HealthInfo, cancellationToken);
        }
        catch (NodeException e) when (e.Status == HttpStatusCode.ServiceUnavailable)
        {
            return new("unhealthy", e.Message, Reasons: null);
        }
    }

    // A leader of an earlier version does not count its writes.
    private async Task<WritesInfo?> AskWritesAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(address, "/replication/writes", NodeJson.Default.WritesInfo, cancellationToken);
        }
        catch (NodeException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>One answer.</summary>
    internal sealed record Reading(NodeView Node, ReplicationInfo? Replication, WritesInfo? Writes);
}

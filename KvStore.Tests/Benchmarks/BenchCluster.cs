namespace KvStore.Tests.Benchmarks;

/// <summary>Nodes on free ports, with data in one folder.</summary>
internal sealed class BenchCluster(string folder) : IAsyncDisposable
{
    private static readonly string[] Ids = ["leader", "follower1", "follower2", "follower3", "follower4", "follower5"];

    private readonly Dictionary<string, int> _ports = Ids.ToDictionary(id => id, _ => FreePort.Take());
    private readonly Dictionary<string, NodeProcess> _nodes = [];

    public NodeProcess this[string id] => _nodes[id];

    /// <summary>Starts nodes one after another.</summary>
    public async Task StartAsync(params string[] ids)
    {
        foreach (var id in ids)
        {
            _nodes.Add(id, await NodeProcess.StartAsync(
                id, _ports[id], Path.Combine(folder, id), ("FOLLOWERS", string.Join(',', Ids[1..].Select(follower => $"http://127.0.0.1:{_ports[follower]}")))));
        }
    }

    /// <summary>Waits until every node that runs has the same digest at the same watermark.</summary>
    public async Task AssertIdenticalAsync()
    {
        string[] digests = [];
        await Eventually.HoldsAsync("the same digest on every node", async () =>
        {
            digests = await Task.WhenAll(_nodes.Values.Select(async node => $"{await node.GetAsync("/replication/digest")}"));
            return digests.Distinct().Count() == 1;
        });
        Console.WriteLine($"All {digests.Length} nodes are identical: {digests[0]}");
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            node.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}

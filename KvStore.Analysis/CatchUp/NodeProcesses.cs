using System.Diagnostics;
using KvStore.Analysis.Cluster;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.CatchUp;

/// <summary>Nodes on free ports, without simulated lag, with data in one folder.</summary>
internal sealed class NodeProcesses(string folder) : IDisposable
{
    private const string Secret = "catch-up";
    private static readonly TimeSpan IdenticalWithin = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // A trace of one write in so many would be noise in what is measured.
    private static readonly (string, string) Untraced = ("OTEL_TRACES_SAMPLER", "always_off");

    private readonly Dictionary<string, Uri> _addresses = new[] { "leader" }.Concat(Enumerable.Range(1, 5).Select(NodeServer.FollowerId))
        .ToDictionary(id => id, _ => new Uri($"http://{FreePorts.TakeEndPoint()}"));

    private readonly Dictionary<string, ServerProcess> _nodes = [];

    /// <summary>A node that runs.</summary>
    public ServerProcess this[string id] => _nodes[id];

    /// <summary>Asks them.</summary>
    public NodeClient Client { get; } = new(secret: null);

    /// <summary>Starts nodes one after another, each when the one before is healthy.</summary>
    /// <exception cref="AnalysisException">One does not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken, params string[] ids)
    {
        foreach (var id in ids)
        {
            await StartAsync(id, cancellationToken);
        }
    }

    /// <summary>Starts a node.</summary>
    /// <returns>How long it took to its first healthy answer.</returns>
    /// <exception cref="AnalysisException">It does not start.</exception>
    public async Task<TimeSpan> StartAsync(string id, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var address = _addresses[id];
        var node = id == "leader"
            ? NodeServer.StartLeader(address, _addresses.Where(of => of.Key != id).Select(of => of.Value), folder, Secret, Untraced)
            : NodeServer.StartFollower(id, address, folder, Secret, Untraced);
        _nodes.Add(id, node);
        await Patience.UntilAsync(() => IsHealthyAsync(address, cancellationToken), $"{id} does not become healthy.", [node], cancellationToken);
        return watch.Elapsed;
    }

    /// <summary>Writes a key; whether it has its quorum.</summary>
    public async Task<bool> WriteAsync(string key, string value, CancellationToken cancellationToken) =>
        (await Client.WriteAsync(_addresses["leader"], new(key, value), cancellationToken)).Outcome is null;

    /// <summary>Up to where a follower has everything.</summary>
    public async Task<long> WatermarkAsync(string id, CancellationToken cancellationToken) =>
        (await Client.GetAsync(_addresses[id], "/", NodeJson.Default.NodeInfo, cancellationToken)).Watermark ?? 0;

    /// <summary>The commits that a node has made, and how long their fsyncs took together.</summary>
    public async Task<Fsyncs> FsyncsAsync(string id, CancellationToken cancellationToken) =>
        Fsyncs.Read(await Client.GetTextAsync(_addresses[id], "/metrics", cancellationToken));

    /// <summary>Waits until every node that runs has the same digest at the same watermark.</summary>
    /// <exception cref="AnalysisException">They do not.</exception>
    public async Task WaitUntilIdenticalAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(IdenticalWithin);
        try
        {
            while (true)
            {
                var digests = await Task.WhenAll(_nodes.Keys.Select(id =>
                    Client.TryGetAsync(_addresses[id], "/replication/digest", NodeJson.Default.NodeDigest, limit.Token)));
                if (digests[0] is not null && digests.Distinct().Count() == 1)
                {
                    return;
                }

                await Task.Delay(Pause, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AnalysisException($"The nodes did not become identical within {IdenticalWithin.TotalMinutes:0} minutes: their /replication/digest differ.");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var node in _nodes.Values)
        {
            node.Dispose();
        }

        Client.Dispose();
    }

    private async Task<bool> IsHealthyAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            await Client.GetTextAsync(address, "/health", cancellationToken);
            return true;
        }
        catch (AnalysisException)
        {
            return false; // It does not listen yet, or is not ready.
        }
    }
}

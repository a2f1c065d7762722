using System.Net;
using System.Net.Sockets;
using KvStore.Analysis.Cluster;

namespace KvStore.Analysis.CatchUp;

/// <summary>Nodes on free ports, without simulated lag, with data in one folder.</summary>
internal sealed class NodeProcesses(string folder) : IDisposable
{
    private static readonly TimeSpan IdenticalWithin = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Ids = ["leader", "follower1", "follower2", "follower3", "follower4", "follower5"];

    private readonly Dictionary<string, Uri> _addresses = FreeAddresses();
    private readonly Dictionary<string, NodeProcess> _nodes = [];

    /// <summary>A node that runs.</summary>
    public NodeProcess this[string id] => _nodes[id];

    /// <summary>Asks them.</summary>
    public NodeClient Client { get; } = new(secret: null);

    /// <summary>Starts nodes one after another.</summary>
    /// <exception cref="AnalysisException">One does not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken, params string[] ids)
    {
        var followers = string.Join(',', Ids[1..].Select(id => _addresses[id].GetLeftPart(UriPartial.Authority)));
        foreach (var id in ids)
        {
            _nodes.Add(id, await NodeProcess.StartAsync(id, _addresses[id], Path.Combine(folder, id), followers, Client, cancellationToken));
        }
    }

    /// <summary>Writes a key; whether it has its quorum.</summary>
    public async Task<bool> WriteAsync(string key, string value, CancellationToken cancellationToken) =>
        (await Client.WriteAsync(this["leader"].Address, new(key, value), cancellationToken)).Outcome is null;

    /// <summary>Up to where a follower has everything.</summary>
    public async Task<long> WatermarkAsync(string id, CancellationToken cancellationToken) =>
        (await Client.GetAsync(this[id].Address, "/", NodeJson.Default.NodeInfo, cancellationToken)).Watermark ?? 0;

    /// <summary>The commits that a node has made, and how long their fsyncs took together.</summary>
    public async Task<Fsyncs> FsyncsAsync(string id, CancellationToken cancellationToken) =>
        Fsyncs.Read(await Client.GetTextAsync(this[id].Address, "/metrics", cancellationToken));

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
                var digests = await Task.WhenAll(_nodes.Values.Select(node =>
                    Client.TryGetAsync(node.Address, "/replication/digest", NodeJson.Default.NodeDigest, limit.Token)));
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

    // Taken all at once, so that each is another one.
    private static Dictionary<string, Uri> FreeAddresses()
    {
        var listeners = Ids.ToDictionary(id => id, _ => new TcpListener(IPAddress.Loopback, 0));
        foreach (var listener in listeners.Values)
        {
            listener.Start();
        }

        var addresses = listeners.ToDictionary(of => of.Key, of => new Uri($"http://{of.Value.LocalEndpoint}"));
        foreach (var listener in listeners.Values)
        {
            listener.Dispose();
        }

        return addresses;
    }
}

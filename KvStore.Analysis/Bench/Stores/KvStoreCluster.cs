using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>A KvStore cluster of processes of its own, without simulated lag, on free ports.</summary>
internal sealed class KvStoreCluster : KvStoreNodes
{
    private readonly List<ServerProcess> _processes = [];

    private KvStoreCluster(IPEndPoint[] endPoints)
    {
        Leader = endPoints[0];
        Addresses = [.. endPoints.Select(Address)];
    }

    /// <inheritdoc />
    public override IReadOnlyList<ServerProcess> Processes => _processes;

    /// <inheritdoc />
    protected override IReadOnlyList<Uri> Addresses { get; }

    /// <summary>Starts one, and returns when its leader reaches its followers.</summary>
    /// <param name="folder">Where each node has its folder.</param>
    /// <param name="followers">How many followers.</param>
    /// <param name="writeQuorum">W.</param>
    /// <param name="variables">Further variables of the nodes.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<IStore> StartAsync(
        string folder, int followers, int writeQuorum, IReadOnlyList<(string Name, string Value)> variables, CancellationToken cancellationToken)
    {
        var cluster = new KvStoreCluster([.. Enumerable.Range(0, followers + 1).Select(_ => FreePorts.TakeEndPoint())]);
        try
        {
            var secret = RandomNumberGenerator.GetHexString(32);
            cluster._processes.Add(NodeServer.StartLeader(
                cluster.Addresses[0], cluster.Addresses.Skip(1), folder, secret,
                [("WRITE_QUORUM", writeQuorum.ToString(CultureInfo.InvariantCulture)), .. variables]));
            for (var i = 1; i <= followers; i++)
            {
                cluster._processes.Add(NodeServer.StartFollower(NodeServer.FollowerId(i), cluster.Addresses[i], folder, secret, variables));
            }

            await Patience.UntilAsync(
                async () => !(await cluster.GetAsync(cluster.Addresses[0], "/health", cancellationToken)).TryGetProperty("reasons", out _)
                    && (await cluster.GetAsync(cluster.Addresses[0], "/replication", cancellationToken)).GetProperty("followers").EnumerateArray()
                        .All(follower => follower.GetProperty("mode").GetString() == "replicate"),
                "The KvStore cluster does not become healthy.",
                cluster._processes,
                cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync()
    {
        _processes.ForEach(process => process.Dispose());
        return base.DisposeAsync();
    }

    private static Uri Address(IPEndPoint endPoint) => new($"http://{endPoint}");
}

using System.Globalization;
using System.Net;
using System.Security.Cryptography;

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
            for (var i = 0; i <= followers; i++)
            {
                cluster._processes.Add(Start(cluster, i, folder, writeQuorum, secret, variables));
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

    private static ServerProcess Start(
        KvStoreCluster cluster, int number, string folder, int writeQuorum, string secret, IEnumerable<(string Name, string Value)> variables)
    {
        var id = number == 0 ? "leader" : string.Create(CultureInfo.InvariantCulture, $"follower{number}");
        (string, string)[] own =
        [
            ("NODE_ID", id), ("NODE_ROLE", number == 0 ? "leader" : "follower"), ("DATA_DIR", Path.Combine(folder, id)), ("CLUSTER_SECRET", secret),
            ("ASPNETCORE_URLS", cluster.Addresses[number].ToString()), ("MIN_DELAY_MS", "0"), ("MAX_DELAY_MS", "0"), ("KVSTORE_STOP_ON_STDIN_EOF", "true"),
        ];
        (string, string)[] leaders =
        [
            ("WRITE_QUORUM", writeQuorum.ToString(CultureInfo.InvariantCulture)), ("FOLLOWERS", string.Join(',', cluster.Addresses.Skip(1))),
        ];
        return ServerProcess.Start(
            id, "dotnet", [Path.Combine(AppContext.BaseDirectory, "KvStore.Node.dll")], own.Concat(number == 0 ? leaders : []).Concat(variables));
    }

    private static Uri Address(IPEndPoint endPoint) => new($"http://{endPoint}");
}

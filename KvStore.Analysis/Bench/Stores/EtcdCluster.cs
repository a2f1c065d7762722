using System.Globalization;
using System.Net;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Protocols;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>An etcd cluster with its settings as they come: each member fsyncs, and a write needs a majority of them. Of six that is the leader and three others.</summary>
internal sealed class EtcdCluster : IStore
{
    private const string Program = "etcd";

    private readonly List<ServerProcess> _processes = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private EtcdCluster(string version) => Description = version;

    /// <inheritdoc />
    public string Description { get; }

    /// <inheritdoc />
    public IPEndPoint Leader { get; private set; } = new(IPAddress.Loopback, 0);

    /// <inheritdoc />
    public IReadOnlyList<ServerProcess> Processes => _processes;

    /// <summary>Says which etcd is installed.</summary>
    /// <exception cref="AnalysisException">None is.</exception>
    public static Task<string> VersionAsync(CancellationToken cancellationToken) => Installed.VersionAsync(Program, "etcd-server", cancellationToken);

    /// <summary>Starts one, and returns when it has a leader.</summary>
    public static async Task<IStore> StartAsync(string folder, int followers, CancellationToken cancellationToken)
    {
        var cluster = new EtcdCluster(await VersionAsync(cancellationToken));
        try
        {
            var members = Enumerable.Range(0, followers + 1).Select(_ => (Client: FreePorts.TakeEndPoint(), Peer: FreePorts.TakeEndPoint())).ToArray();
            var names = string.Join(',', members.Select((member, i) => $"etcd{i}=http://{member.Peer}"));
            for (var i = 0; i <= followers; i++)
            {
                cluster._processes.Add(Start(i, members[i].Client, members[i].Peer, names, folder));
            }

            var leader = -1;
            await Patience.UntilAsync(
                async () => (leader = await cluster.FindLeaderAsync([.. members.Select(member => member.Client)], cancellationToken)) >= 0,
                "etcd does not elect a leader.",
                cluster._processes,
                cancellationToken);
            cluster.Leader = members[leader].Client;
            var process = cluster._processes[leader];
            cluster._processes.RemoveAt(leader);
            cluster._processes.Insert(0, process);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public Conversation Converse(Workload workload, int seed) => new EtcdConversation(workload, Leader, seed);

    /// <inheritdoc />
    public Task<string?> VerifyAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _processes.ForEach(process => process.Dispose());
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ServerProcess Start(int number, IPEndPoint client, IPEndPoint peer, string members, string folder)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"etcd{number}");
        return ServerProcess.Start(name, Program,
        [
            "--name", name, "--data-dir", Path.Combine(folder, name), "--log-level", "error", "--initial-cluster", members,
            "--listen-client-urls", $"http://{client}", "--advertise-client-urls", $"http://{client}",
            "--listen-peer-urls", $"http://{peer}", "--initial-advertise-peer-urls", $"http://{peer}",
        ]);
    }

    // The number of the leader, once every member knows one; -1 before.
    private async Task<int> FindLeaderAsync(IPEndPoint[] members, CancellationToken cancellationToken)
    {
        var metrics = await Task.WhenAll(members.Select(member => _http.GetStringAsync($"http://{member}/metrics", cancellationToken)));
        return metrics.All(text => text.Contains("\netcd_server_has_leader 1", StringComparison.Ordinal))
            ? Array.FindIndex(metrics, text => text.Contains("\netcd_server_is_leader 1", StringComparison.Ordinal))
            : -1;
    }
}

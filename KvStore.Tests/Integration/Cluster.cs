using System.Diagnostics;
using KvStore.Tests.Crash;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Integration;

/// <summary>
/// The AppHost's cluster, six real processes with data in a temporary folder. Several tests share one; before each it is
/// brought back to six running nodes, quorum 3 and no lag.
/// </summary>
public sealed partial class Cluster : IAsyncDisposable
{
    public const string Leader = "leader";

    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static readonly IReadOnlyList<string> Followers = ["follower1", "follower2", "follower3", "follower4", "follower5"];

    public static readonly IReadOnlyList<string> Nodes = [Leader, .. Followers];

    /// <summary>What the dashboard is logged in to with.</summary>
    public const string DashboardToken = "a-token-of-the-tests-that-is-long-enough";

    /// <summary>The resource of the dashboard.</summary>
    public const string Dashboard = "dashboard";

    /// <summary>What the nodes share.</summary>
    public const string Secret = "a-secret-of-the-tests-that-is-long-enough";

    private readonly string _dataPath;
    private readonly Dictionary<string, ReplicationGate> _gates = [];
    private readonly Dictionary<string, TcpLink> _links = [];
    private readonly HashSet<string> _down = [];
    private DistributedApplication? _app;

    private Cluster()
    {
        _dataPath = Directory.CreateTempSubdirectory("kvstore-integration-").FullName;
    }

    /// <summary>What the nodes printed.</summary>
    internal ClusterLog Log { get; } = new();

    /// <summary>Set while nodes may be in a state that <see cref="RestoreAsync"/> does not mend.</summary>
    public bool IsDamaged { get; set; }

    private DistributedApplication App => _app ?? throw new InvalidOperationException("The cluster has not been started.");

    /// <summary>Starts the six nodes, and returns when each is healthy.</summary>
    internal static async Task<Cluster> StartAsync(ClusterOptions options)
    {
        var cluster = new Cluster();
        try
        {
            await cluster.StartNodesAsync(options);
            return cluster;
        }
        catch (Exception e)
        {
            var log = string.Join(Environment.NewLine, cluster.Log.Since(0));
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"The cluster does not start. The nodes said:{Environment.NewLine}{log}", e);
        }
    }

    /// <summary>Ends every fault that an earlier test left, sets quorum 3 and no lag, and waits until every follower follows.</summary>
    public async Task RestoreAsync()
    {
        await EndFaultsAsync();
        await SetLagAsync(0, 0);
        await SetQuorumAsync(3);
        await WaitUntilFollowedAsync();
    }

    /// <summary>Opens the gates, heals the links, and sees to it that six nodes run.</summary>
    public async Task EndFaultsAsync()
    {
        foreach (var gate in _gates.Values)
        {
            gate.Open();
        }

        foreach (var link in _links.Values)
        {
            link.Heal();
        }

        await ContinueAsync([.. _paused.Keys]);
        await StartAsync([.. _down]);
    }

    /// <summary>Where the dashboard's pages are.</summary>
    public Uri DashboardAddress => App.GetEndpoint(Dashboard, "http");

    /// <summary>The gate between the leader and a follower.</summary>
    internal ReplicationGate GateTo(string follower) => _gates[follower];

    /// <summary>The network between the leader and a follower.</summary>
    internal TcpLink LinkTo(string follower) => _links[follower];

    /// <summary>Stops nodes in an orderly way, side by side; their processes are gone on return.</summary>
    public Task StopAsync(params string[] nodes) => Task.WhenAll(nodes.Select(async node =>
    {
        MarkDown(node);
        await ExecuteAsync(node, KnownResourceCommands.StopCommand);
        await WaitUntilGoneAsync(node);
    }));

    /// <summary>Starts nodes that do not run, side by side, and returns when each is healthy.</summary>
    public Task StartAsync(params string[] nodes) => Task.WhenAll(nodes.Select(async node =>
    {
        await LaunchAsync(node);
        await WaitUntilAsync(node, "/health", status => status == 200);
    }));

    /// <summary>Starts a node that will run, and answer, without being healthy.</summary>
    public async Task StartUnhealthyAsync(string node)
    {
        await LaunchAsync(node);
        await WaitUntilAsync(node, "/health", status => status == 503);
    }

    /// <summary>Kills nodes with SIGKILL, as nearly at once as can be; their processes are gone on return.</summary>
    public async Task KillAsync(params string[] nodes)
    {
        // The process that the engine knows may be a launcher around the node, so the node is asked.
        var infos = await Task.WhenAll(nodes.Select(InfoAsync));
        var processes = infos.Select(info => Process.GetProcessById(info.Pid)).ToList();
        foreach (var (node, process) in nodes.Zip(processes))
        {
            MarkDown(node);
            process.Kill();
        }

        processes.ForEach(process => process.Dispose());
        await Task.WhenAll(nodes.Select(WaitUntilGoneAsync));
    }

    /// <summary>Takes a node's disk away and gives it an empty one.</summary>
    public async Task WipeAsync(string node)
    {
        await StopAsync(node);
        Directory.Delete(DataOf(node), recursive: true);
        await StartAsync(node);
    }

    /// <summary>The folder of a node's database.</summary>
    public string DataOf(string node) => Path.Combine(_dataPath, node);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await ContinueAsync([.. _paused.Keys]);
            await _app.DisposeAsync();
        }

        foreach (var gate in _gates.Values)
        {
            await gate.DisposeAsync();
        }

        foreach (var link in _links.Values)
        {
            await link.DisposeAsync();
        }

        _client.Dispose();
        Directory.Delete(_dataPath, recursive: true);
    }

    private async Task StartNodesAsync(ClusterOptions options)
    {
        List<string> args =
        [
            $"--Data:Path={_dataPath}",
            $"--Parameters:cluster-secret={Secret}",
            $"--Parameters:dashboard-token={DashboardToken}",
            $"--Parameters:otlp-api-key={Secret}",
            "--Parameters:max-delay-ms=0",
            $"--Parameters:write-timeout-ms={options.WriteTimeoutMs}",
        ];
        if (options.OtlpEndpoint is { } otlp)
        {
            args.Add($"--KVSTORE_OTLP_ENDPOINT={otlp}");
        }

        foreach (var follower in options.IsGated ? Followers : [])
        {
            var gate = _gates[follower] = await ReplicationGate.StartAsync(() => App.GetEndpoint(follower));
            args.Add($"--Links:{follower}={gate.Address}");
        }

        foreach (var follower in options.IsLinked ? Followers : [])
        {
            var link = _links[follower] = new TcpLink(() => App.GetEndpoint(follower));
            args.Add($"--Links:{follower}={link.Address}");
        }

        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.KvStore_AppHost>([.. args]);
        builder.Services.AddLogging(logging => logging.AddProvider(Log).AddFilter<ClusterLog>((_, level) => level >= LogLevel.Information));
        _app = await builder.BuildAsync();
        await _app.StartAsync().WaitAsync(Deadline);
        await Task.WhenAll(Nodes.Append(Dashboard).Select(node => _app.ResourceNotifications.WaitForResourceHealthyAsync(node).WaitAsync(Deadline)));
    }

    private async Task LaunchAsync(string node)
    {
        await ExecuteAsync(node, KnownResourceCommands.StartCommand);
        await App.ResourceNotifications.WaitForResourceAsync(node, KnownResourceStates.Running).WaitAsync(Deadline);
        lock (_down)
        {
            _down.Remove(node);
        }
    }

    private async Task ExecuteAsync(string node, string command)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(node, command).WaitAsync(Deadline);
        Assert.True(result.Success, $"{command} {node}: {result.Message}");
    }

    private Task WaitUntilGoneAsync(string node) =>
        App.ResourceNotifications.WaitForResourceAsync(node, KnownResourceStates.TerminalStates).WaitAsync(Deadline);

    private void MarkDown(string node)
    {
        lock (_down)
        {
            _down.Add(node);
        }
    }
}

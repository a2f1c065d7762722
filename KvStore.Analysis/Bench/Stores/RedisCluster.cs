using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Protocols;
using KvStore.Analysis.Processes;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>A Redis leader and its replicas, each with an append-only file that is fsynced before anything is answered.</summary>
internal sealed class RedisCluster : IStore
{
    private const string Program = "redis-server";

    private readonly List<ServerProcess> _processes = [];

    private RedisCluster(string version, IPEndPoint leader) => (Description, Leader) = (version, leader);

    /// <inheritdoc />
    public string Description { get; }

    /// <inheritdoc />
    public IPEndPoint Leader { get; }

    /// <inheritdoc />
    public IReadOnlyList<ServerProcess> Processes => _processes;

    /// <summary>Says which Redis is installed.</summary>
    /// <exception cref="AnalysisException">None is.</exception>
    public static Task<string> VersionAsync(CancellationToken cancellationToken) => Installed.VersionAsync(Program, "redis-server", cancellationToken);

    /// <summary>Starts one, and returns when every replica is in step and logs on its own disk.</summary>
    public static async Task<IStore> StartAsync(string folder, int followers, CancellationToken cancellationToken)
    {
        var servers = Enumerable.Range(0, followers + 1).Select(_ => FreePorts.TakeEndPoint()).ToArray();
        var cluster = new RedisCluster(await VersionAsync(cancellationToken), servers[0]);
        try
        {
            for (var i = 0; i <= followers; i++)
            {
                cluster._processes.Add(Start(i, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"redis{i}")), servers));
            }

            await Patience.UntilAsync(
                async () => await IsInStepAsync(servers[0], followers, cancellationToken)
                    && (await Task.WhenAll(servers.Select(server => IsLoggingAsync(server, cancellationToken)))).All(isLogging => isLogging),
                "The Redis replicas do not come into step.",
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
    public Conversation Converse(Workload workload, int seed) => new RedisConversation(workload, seed);

    /// <inheritdoc />
    public Task<string?> VerifyAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _processes.ForEach(process => process.Dispose());
        return ValueTask.CompletedTask;
    }

    private static ServerProcess Start(int number, string folder, IPEndPoint[] servers)
    {
        Directory.CreateDirectory(folder);
        string[] arguments =
        [
            "--bind", "127.0.0.1", "--port", $"{servers[number].Port}", "--dir", folder, "--daemonize", "no", "--save", "",
            "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0",
        ];
        string[] replica = ["--replicaof", "127.0.0.1", $"{servers[0].Port}"];
        return ServerProcess.Start($"redis{number}", Program, number == 0 ? arguments : [.. arguments, .. replica]);
    }

    private static async Task<bool> IsInStepAsync(IPEndPoint leader, int followers, CancellationToken cancellationToken)
    {
        var replication = await InfoAsync(leader, "replication", cancellationToken);
        return replication.Split('\n').Count(line => line.StartsWith("slave", StringComparison.Ordinal) && line.Contains("state=online", StringComparison.Ordinal)) == followers;
    }

    // After its first synchronization a replica rewrites its append-only file, and fsyncs nothing until that is done.
    private static async Task<bool> IsLoggingAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        var persistence = await InfoAsync(server, "persistence", cancellationToken);
        return persistence.Contains("aof_enabled:1", StringComparison.Ordinal)
            && persistence.Contains("aof_rewrite_in_progress:0", StringComparison.Ordinal)
            && persistence.Contains("aof_rewrite_scheduled:0", StringComparison.Ordinal);
    }

    private static async Task<string> InfoAsync(IPEndPoint server, string section, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"INFO {section}\r\nQUIT\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}

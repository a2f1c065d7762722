using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace KvStore.Tests.Benchmarks;

/// <summary>One node as a process of its own, from the same build as this program.</summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(120);
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256 });

    private readonly Process _process;

    private NodeProcess(string id, int port, Process process) => (Id, Address, _process) = (id, new Uri($"http://127.0.0.1:{port}"), process);

    public string Id { get; }

    public Uri Address { get; }

    /// <summary>From the start of the process to the first healthy answer.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>CPU time of the process so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a node, and returns when it is healthy.</summary>
    public static async Task<NodeProcess> StartAsync(string id, int port, string dataDirectory, params IEnumerable<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "KvStore.Node.dll"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (string, string)[] always =
        [
            ("NODE_ROLE", id == "leader" ? "leader" : "follower"), ("NODE_ID", id), ("DATA_DIR", dataDirectory), ("MAX_DELAY_MS", "0"),
            ("CLUSTER_SECRET", "benchmark"), ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("OTEL_TRACES_SAMPLER", "always_off"),
            ("KVSTORE_STOP_ON_STDIN_EOF", "false"),
        ];
        foreach (var (name, value) in always.Concat(variables))
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.Write(line.Data is null ? "" : line.Data + Environment.NewLine);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var node = new NodeProcess(id, port, process);
        while (!await node.IsHealthyAsync())
        {
            if (process.HasExited || watch.Elapsed > ReadyWithin)
            {
                node.Dispose();
                throw new InvalidOperationException($"{id} did not start.");
            }

            await Task.Delay(10);
        }

        node.ReadyAfter = watch.Elapsed;
        return node;
    }

    /// <summary>Asks for a JSON document.</summary>
    public async Task<JsonElement> GetAsync(string path) => JsonSerializer.Deserialize<JsonElement>(await Http.GetStringAsync(new Uri(Address, path)));

    /// <summary>How many commits the node has made, and how long their fsyncs took together.</summary>
    public async Task<(double Count, double Seconds)> FsyncsAsync()
    {
        var metrics = await Http.GetStringAsync(new Uri(Address, "/metrics"));
        double Read(string name) => metrics.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).FirstOrDefault();
        return (Read("kvstore_commit_fsync_duration_seconds_count"), Read("kvstore_commit_fsync_duration_seconds_sum"));
    }

    /// <summary>Writes a key on the leader; whether it has its quorum.</summary>
    public async Task<bool> WriteAsync(string key, string value)
    {
        using var body = new StringContent($$"""{"key":"{{key}}","value":"{{value}}"}""", null, "application/json");
        using var response = await Http.PostAsync(new Uri(Address, "/keys"), body);
        return response.IsSuccessStatusCode;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri(Address, "/health"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // It does not listen yet.
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using KvStore.Analysis.Cluster;

namespace KvStore.Analysis.CatchUp;

/// <summary>One node as a process of its own, from the same build as this program.</summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Process _process;
    private string _lastError = "";

    private NodeProcess(string id, Uri address, Process process) => (Id, Address, _process) = (id, address, process);

    /// <summary>Its name.</summary>
    public string Id { get; }

    /// <summary>Where it listens.</summary>
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
    /// <exception cref="AnalysisException">It ends, or is not healthy in time.</exception>
    public static async Task<NodeProcess> StartAsync(
        string id, Uri address, string dataDirectory, string followers, NodeClient client, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "KvStore.Node.dll"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new[]
        {
            ("NODE_ROLE", id == "leader" ? "leader" : "follower"), ("NODE_ID", id), ("DATA_DIR", dataDirectory), ("FOLLOWERS", followers), ("MAX_DELAY_MS", "0"),
            ("CLUSTER_SECRET", "catch-up"), ("ASPNETCORE_URLS", address.GetLeftPart(UriPartial.Authority)), ("OTEL_TRACES_SAMPLER", "always_off"),
            ("KVSTORE_STOP_ON_STDIN_EOF", "false"),
        })
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        var node = new NodeProcess(id, address, Process.Start(start)!);
        try
        {
            node.ReadOutput();
            while (!await node.IsHealthyAsync(client, cancellationToken))
            {
                if (node._process.HasExited || watch.Elapsed > ReadyWithin)
                {
                    throw new AnalysisException($"{id} does not start. {node._lastError}");
                }

                await Task.Delay(Pause, cancellationToken);
            }

            node.ReadyAfter = watch.Elapsed;
            return node;
        }
        catch
        {
            node.Dispose();
            throw;
        }
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

    private void ReadOutput()
    {
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => _lastError = string.IsNullOrWhiteSpace(line.Data) ? _lastError : line.Data;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task<bool> IsHealthyAsync(NodeClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.GetTextAsync(Address, "/health", cancellationToken);
            return true;
        }
        catch (AnalysisException)
        {
            return false; // It does not listen yet, or is not ready.
        }
    }
}

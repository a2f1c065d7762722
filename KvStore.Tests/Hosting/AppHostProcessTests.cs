using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using KvStore.Hosting.Engine;

namespace KvStore.Tests.Hosting;

/// <summary>The real AppHost as a process of its own, on free ports, with its data in a temporary folder.</summary>
public sealed partial class AppHostProcessTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string _dataPath = Directory.CreateTempSubdirectory("kvstore-apphost-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly TaskCompletionSource _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];
    private readonly List<Uri> _addresses = [];

    [Fact]
    public async Task No_node_survives_an_AppHost_that_is_killed()
    {
        using var appHost = StartAppHost();
        var nodes = await WaitForNodesAsync(appHost);

        using var killer = Process.GetProcessById(appHost.ProcessId);
        killer.Kill();

        foreach (var node in nodes)
        {
            await node.WaitForExitAsync().WaitAsync(Deadline);
            node.Dispose();
        }
    }

    [Fact]
    public async Task An_AppHost_that_is_asked_to_stop_stops_its_nodes_and_exits_with_0()
    {
        using var appHost = StartAppHost();
        var nodes = await WaitForNodesAsync(appHost);

        Assert.True(await appHost.StopAsync(Deadline), "It had to be killed.");

        Assert.Equal(0, await appHost.Exited);
        Assert.All(nodes, node => Assert.True(node.HasExited));
    }

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_dataPath, recursive: true);
    }

    private ChildProcess StartAppHost()
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                typeof(Projects.KvStore_AppHost).Assembly.Location,
                "--DcpPublisher:RandomizePorts=true",
                $"--Data:Path={_dataPath}",
                "--Parameters:cluster-secret=a-secret-of-the-tests-that-is-long-enough",
                "--Parameters:dashboard-token=a-token-of-the-tests-that-is-long-enough",
                "--Parameters:otlp-api-key=a-key-of-the-tests-that-is-long-enough",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return ChildProcess.Start(start, (line, _) => ReadOutput(line));
    }

    private void ReadOutput(string line)
    {
        _output.Add(line);
        if (TableRow().Match(line) is { Success: true } row)
        {
            _addresses.Add(new Uri(row.Groups["url"].Value));
        }
        else if (line.Contains("resources are healthy", StringComparison.Ordinal))
        {
            _healthy.SetResult();
        }
    }

    private async Task<IReadOnlyList<Process>> WaitForNodesAsync(ChildProcess appHost)
    {
        var first = await Task.WhenAny(_healthy.Task, appHost.Exited).WaitAsync(Deadline);
        Assert.True(first == _healthy.Task, string.Join(Environment.NewLine, appHost.LastLines));

        Assert.Equal(6, _addresses.Count);
        List<Process> nodes = [];
        foreach (var address in _addresses)
        {
            var about = await _client.GetFromJsonAsync<JsonElement>(address);
            nodes.Add(Process.GetProcessById(about.GetProperty("pid").GetInt32()));
        }

        return nodes;
    }

    [GeneratedRegex(@"^\s+(leader|follower\d)\s+Running\s+Healthy\s+(?<url>http://\S+)$")]
    private static partial Regex TableRow();
}

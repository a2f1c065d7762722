using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KvStore.Tests.Integration;
using KvStore.Tests.Publishing;

namespace KvStore.Tests.Docker;

/// <summary>The cluster of <c>docker-compose.yml</c>, as it is, in real containers with names, ports and images of their own.</summary>
public sealed class DockerCluster : IAsyncLifetime, IDisposable
{
    public const string Leader = "leader";
    public static readonly IReadOnlyList<string> Followers = ["follower1", "follower2", "follower3", "follower4", "follower5"];
    public static readonly IReadOnlyList<string> Nodes = [Leader, .. Followers];
    public static readonly IReadOnlyList<string> Services = ["dashboard", .. Nodes];

    // Images are built, and a machine may be slow at that.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly string _project = $"kvstore-test-{Guid.NewGuid():N}"[..24];
    private readonly Dictionary<string, int> _ports = Services.ToDictionary(name => name, _ => FreePort.Take());
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    public string NodeImage => $"{_project}-node";

    private string DashboardImage => $"{_project}-dashboard";

    /// <summary>Where a service is.</summary>
    public Uri AddressOf(string service) => new($"http://127.0.0.1:{_ports[service]}");

    public async Task InitializeAsync()
    {
        if (Docker.SkipReason is not null)
        {
            return;
        }

        await ComposeAsync("up", "--build", "--detach");
        await WaitUntilHealthyAsync(Services);
    }

    public async Task DisposeAsync()
    {
        if (Docker.SkipReason is null)
        {
            await ComposeAsync("down", "--volumes", "--timeout", "20");
            await Docker.RunAsync("image", "rm", NodeImage, DashboardImage);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Runs <c>docker compose</c> on this cluster.</summary>
    /// <returns>All that it printed.</returns>
    public async Task<string> ComposeAsync(params string[] arguments)
    {
        var compose = Docker.Compose;
        var environment = _ports.ToDictionary(port => $"{port.Key.ToUpperInvariant()}_PORT", port => $"{port.Value}");
        environment["KVSTORE_NODE_IMAGE"] = NodeImage;
        environment["KVSTORE_DASHBOARD_IMAGE"] = DashboardImage;
        environment["MAX_DELAY_MS"] = "50";
        var result = await CommandLine.RunAsync(
            compose[0], [.. compose.Skip(1), "--project-name", _project, .. arguments], Limit, environment, Repository.Root);
        result.EnsureSuccess();
        return result.Output + result.Error;
    }

    /// <summary>The id of a service's container, running or not.</summary>
    public async Task<string> ContainerAsync(string service) =>
        await Docker.RunAsync("ps", "--all", "--quiet", "--filter", $"label=com.docker.compose.project={_project}", "--filter", $"label=com.docker.compose.service={service}");

    /// <summary>What the engine knows of a service's container.</summary>
    public async Task<JsonElement> InspectAsync(string service) =>
        JsonDocument.Parse(await Docker.RunAsync("inspect", await ContainerAsync(service))).RootElement[0];

    /// <summary>Ends a service's process as a crash would.</summary>
    public async Task KillAsync(string service) => await Docker.RunAsync("kill", await ContainerAsync(service));

    /// <summary>Starts a service that was killed, and waits until the engine finds it healthy.</summary>
    public async Task StartAsync(string service)
    {
        await Docker.RunAsync("start", await ContainerAsync(service));
        await WaitUntilHealthyAsync([service]);
    }

    /// <summary>Waits until the engine finds services healthy, by their own health checks.</summary>
    public Task WaitUntilHealthyAsync(IReadOnlyList<string> services) => Eventually.BecomesAsync(
        async () => (await Docker.RunAsync(
            "ps", "--filter", $"label=com.docker.compose.project={_project}", "--format", "{{.Label \"com.docker.compose.service\"}}: {{.Status}}")).Split('\n'),
        now => services.All(service => now.Any(line => line.StartsWith($"{service}: ", StringComparison.Ordinal) && line.EndsWith("(healthy)", StringComparison.Ordinal))),
        now => string.Join(", ", now),
        $"healthy containers of {string.Join(", ", services)}");

    /// <summary>Writes a value on the leader.</summary>
    internal async Task<WriteAnswer> WriteAsync(string key, string value)
    {
        using var response = await _client.PostAsJsonAsync(new Uri(AddressOf(Leader), "/keys"), new { key, value });
        return (await response.Content.ReadFromJsonAsync<WriteAnswer>(Json))! with { Code = response.StatusCode };
    }

    /// <summary>Changes the write quorum.</summary>
    public async Task SetQuorumAsync(int quorum)
    {
        using var response = await _client.PostAsJsonAsync(new Uri(AddressOf(Leader), "/config/quorum"), new { quorum });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>A path of a service, as text.</summary>
    public Task<string> GetAsync(string service, string path) => _client.GetStringAsync(new Uri(AddressOf(service), path));

    /// <summary>Waits until all six states are the same and have a key at some version.</summary>
    internal async Task<StateAnswer> WaitUntilIdenticalAsync(string key, long version)
    {
        var states = await Eventually.BecomesAsync(
            () => Task.WhenAll(Nodes.Select(async node => (await _client.GetFromJsonAsync<StateAnswer>(new Uri(AddressOf(node), "/state"), Json))!)),
            now => now.All(now[0].IsSameAs) && now[0].Versions.GetValueOrDefault(key) == version,
            now => string.Join(", ", now.Select((state, index) => $"{Nodes[index]}: {state.Store.Count} keys, {key} at {state.Versions.GetValueOrDefault(key)}")),
            $"six identical states with {key} at {version}");
        return states[0];
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using KvStore.Tests.Integration;
using KvStore.Tests.Storage;

namespace KvStore.Tests.Upgrade;

/// <summary>A leader and five followers, each a process of one build or the other, with data that stays when the build changes.</summary>
internal sealed class UpgradeCluster : IAsyncDisposable
{
    public const string Leader = "leader-0";

    /// <summary>W.</summary>
    public const int WriteQuorum = 3;

    public static readonly string[] Followers = [.. Enumerable.Range(0, 5).Select(i => $"follower-{i}")];

    private static readonly string[] Nodes = [Leader, .. Followers];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly TemporaryFolder _data = new();
    private readonly Dictionary<string, int> _ports = Nodes.ToDictionary(id => id, _ => FreePort.Take());
    private readonly Dictionary<string, UpgradeNode> _nodes = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Starts all six from one build, and returns when the leader has all followers.</summary>
    public async Task StartAsync(string program)
    {
        foreach (var node in Nodes)
        {
            _nodes[node] = Launch(node, program);
        }

        await WaitUntilFollowedAsync();
    }

    /// <summary>Stops a node, starts it from another build, and returns when the leader has all followers again.</summary>
    public async Task ReplaceAsync(string node, string program)
    {
        await _nodes[node].StopAsync();
        await _nodes[node].DisposeAsync();
        _nodes[node] = Launch(node, program);
        await WaitUntilFollowedAsync();
    }

    /// <summary>Writes a value on the leader.</summary>
    public async Task<WriteAnswer> WriteAsync(string key, string value, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(Leader, "/keys")) { Content = JsonContent.Create(new { key, value }) };
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Writes a key, and waits until every node shows it: a confirmation alone would not tell that a follower understood.</summary>
    public async Task WriteEverywhereAsync(string key)
    {
        var answer = await WriteAsync(key, key, CancellationToken.None);
        Assert.True(answer.Version is not null, $"{answer}");
        await Eventually.BecomesAsync(
            () => Task.WhenAll(Nodes.Select(node => ReadAsync(node, key))), values => values.All(value => value == key),
            values => string.Join(", ", Nodes.Zip(values)), $"{key}, written as version {answer.Version}, on every node");
    }

    /// <summary>Deletes a key on the leader.</summary>
    public async Task<WriteAnswer> DeleteAsync(string key, CancellationToken cancellationToken)
    {
        // HttpClient sends a request without a body again by itself when its connection breaks, also one that was received.
        using var request = new HttpRequestMessage(HttpMethod.Delete, AddressOf(Leader, $"/keys/{key}")) { Content = new ByteArrayContent([]) };
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Waits until all six have the same digest at the same watermark.</summary>
    /// <returns>What each node has.</returns>
    public async Task<IReadOnlyDictionary<string, StateAnswer>> WaitUntilIdenticalAsync()
    {
        await Eventually.BecomesAsync(
            () => Task.WhenAll(Nodes.Select(node => _client.GetStringAsync(AddressOf(node, "/replication/digest")))),
            digests => digests.Distinct().Count() == 1, digests => string.Join(", ", digests), "six identical digests");
        var states = new Dictionary<string, StateAnswer>();
        foreach (var node in Nodes)
        {
            states[node] = (await _client.GetFromJsonAsync<StateAnswer>(AddressOf(node, "/state"), Json))!;
        }

        return states;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        _client.Dispose();
        _data.Dispose();
    }

    private UpgradeNode Launch(string node, string program) => new(program, new Dictionary<string, string>
    {
        ["NODE_ROLE"] = node == Leader ? "leader" : "follower",
        ["NODE_ID"] = node,
        ["DATA_DIR"] = Path.Combine(_data.Path, node),
        ["FOLLOWERS"] = string.Join(',', Followers.Select(follower => $"http://127.0.0.1:{_ports[follower]}")),
        ["WRITE_QUORUM"] = $"{WriteQuorum}",
        ["MAX_DELAY_MS"] = "0",
        ["WRITE_TIMEOUT_MS"] = "1500",
        ["CLUSTER_SECRET"] = "a-secret-of-the-tests-that-is-long-enough",
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_ports[node]}",
    });

    private async Task WaitUntilFollowedAsync()
    {
        try
        {
            await Eventually.BecomesAsync(
                AskLeaderAsync, answer => answer is { Followers: var lanes } && lanes.All(lane => lane is { State: "healthy" }),
                answer => string.Join(", ", answer?.Followers ?? []), "a leader that all followers follow");
        }
        catch (Exception e) when (e is TimeoutException or HttpRequestException)
        {
            var said = _nodes.Select(node => $"{node.Key}:{Environment.NewLine}{node.Value.Output}");
            throw new InvalidOperationException($"{e.Message}{Environment.NewLine}{string.Join(Environment.NewLine, said)}", e);
        }
    }

    // Null while it does not listen yet.
    private async Task<ReplicationAnswer?> AskLeaderAsync()
    {
        try
        {
            return await _client.GetFromJsonAsync<ReplicationAnswer>(AddressOf(Leader, "/replication"), Json);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError && !_nodes[Leader].HasExited)
        {
            return null;
        }
    }

    private async Task<string?> ReadAsync(string node, string key)
    {
        using var response = await _client.GetAsync(AddressOf(node, $"/keys/{key}"));
        return response.IsSuccessStatusCode ? (await response.Content.ReadFromJsonAsync<KeyAnswer>(Json))!.Value : null;
    }

    private async Task<WriteAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _client.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<WriteAnswer>(Json, cancellationToken);
        return answer! with { Code = response.StatusCode };
    }

    private Uri AddressOf(string node, string path) => new($"http://127.0.0.1:{_ports[node]}{path}");
}

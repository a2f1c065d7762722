using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace KvStore.Tests.Integration;

/// <content>What a client asks of the nodes. Every call has a time limit, since a node that is away may hang instead of refusing.</content>
public sealed partial class Cluster
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Writes a value on the leader, and returns its answer, success or not.</summary>
    internal async Task<WriteAnswer> WriteAsync(string key, string value, string? traceParent = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(Leader, "/keys")) { Content = JsonContent.Create(new { key, value }) };
        if (traceParent is not null)
        {
            request.Headers.Add("traceparent", traceParent);
        }

        return await SendWriteAsync(request, cancellationToken);
    }

    /// <summary>Deletes a key on the leader.</summary>
    internal async Task<WriteAnswer> DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        // HttpClient sends a request without a body again by itself when its connection breaks, also one that was received.
        using var request = new HttpRequestMessage(HttpMethod.Delete, AddressOfKey(Leader, key)) { Content = new ByteArrayContent([]) };
        return await SendWriteAsync(request, cancellationToken);
    }

    /// <summary>Reads a key on one node; null when it has no value there.</summary>
    internal async Task<KeyAnswer?> ReadAsync(string node, string key)
    {
        using var response = await _client.GetAsync(AddressOfKey(node, key));
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadBodyAsync<KeyAnswer>(response);
    }

    /// <summary>A node's whole state.</summary>
    internal Task<StateAnswer> StateAsync(string node) => GetAsync<StateAnswer>(node, "/state");

    /// <summary>Who a node says that it is.</summary>
    internal Task<NodeInfo> InfoAsync(string node) => GetAsync<NodeInfo>(node, "/");

    /// <summary>What became of a write.</summary>
    internal Task<WriteStatus> WriteStatusAsync(long version) => GetAsync<WriteStatus>(Leader, $"/writes/{version}");

    /// <summary>A follower as the leader sees it.</summary>
    internal async Task<LaneAnswer> LaneAsync(string follower) =>
        (await GetAsync<ReplicationAnswer>(Leader, "/replication")).Followers.Single(lane => lane.Id == follower);

    /// <summary>The write quorum in force.</summary>
    public async Task<int> QuorumAsync() => (await GetAsync<JsonElement>(Leader, "/config/quorum")).GetProperty("quorum").GetInt32();

    /// <summary>Changes the write quorum.</summary>
    public Task SetQuorumAsync(int quorum) => PostAsync("/config/quorum", new { quorum });

    /// <summary>The simulated lag in force.</summary>
    internal Task<LagAnswer> LagAsync() => GetAsync<LagAnswer>(Leader, "/config/lag");

    /// <summary>Changes the simulated lag.</summary>
    public Task SetLagAsync(int minMs, int maxMs) => PostAsync("/config/lag", new { min_delay_ms = minMs, max_delay_ms = maxMs });

    /// <summary>Waits until the leader sends each follower its entries as they come.</summary>
    internal Task WaitUntilFollowedAsync() => Eventually.BecomesAsync(
        () => GetAsync<ReplicationAnswer>(Leader, "/replication"),
        now => now.Followers.All(lane => lane is { State: "healthy", LagEntries: 0 }), now => string.Join(", ", now.Followers), "five followers that follow");

    /// <summary>Waits until every follower holds every entry of the leader's log, and all six states are the same.</summary>
    /// <returns>That state.</returns>
    internal async Task<StateAnswer> WaitUntilIdenticalAsync()
    {
        var seen = await Eventually.BecomesAsync(
            async () => (Leader: await InfoAsync(Leader), Followers: await Task.WhenAll(Followers.Select(InfoAsync)), States: await Task.WhenAll(Nodes.Select(StateAsync))),
            now => now.Followers.All(follower => follower.Watermark == now.Leader.LastLsn) && now.States.All(now.States[0].IsSameAs),
            now => $"leader {now.Leader.LastLsn}, followers {string.Join(", ", now.Followers.Select(follower => follower.Watermark))}, "
                + $"same as the leader: {string.Join(", ", now.States.Select(now.States[0].IsSameAs))}",
            "six identical states");
        return seen.States[0];
    }

    /// <summary>Where a node is.</summary>
    public Uri AddressOf(string node) => App.GetEndpoint(node);

    private Uri AddressOf(string node, string path) => new(App.GetEndpoint(node), path);

    // Every byte is escaped, and nothing normalises the path on its way.
    private Uri AddressOfKey(string node, string key) => new(
        $"{App.GetEndpoint(node).GetLeftPart(UriPartial.Authority)}/keys/{string.Concat(System.Text.Encoding.UTF8.GetBytes(key).Select(b => $"%{b:X2}"))}",
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private async Task<WriteAnswer> SendWriteAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _client.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<WriteAnswer>(Json, cancellationToken);
        return answer! with { Code = response.StatusCode };
    }

    private async Task<T> GetAsync<T>(string node, string path)
    {
        using var response = await _client.GetAsync(AddressOf(node, path));
        return await ReadBodyAsync<T>(response);
    }

    private async Task PostAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(Leader, path)) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        using var response = await _client.SendAsync(request);
        await ReadBodyAsync<JsonElement>(response);
    }

    private static async Task<T> ReadBodyAsync<T>(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {body}");
        return JsonSerializer.Deserialize<T>(body, Json)!;
    }

    private async Task WaitUntilAsync(string node, string path, Func<int, bool> isRight) => await Eventually.BecomesAsync(
        () => ProbeAsync(node, path), now => isRight(now.Status), now => now.Body, $"{path} of {node} as wanted");

    private async Task<(int Status, string Body)> ProbeAsync(string node, string path)
    {
        using var limit = new CancellationTokenSource(ProbeLimit);
        try
        {
            using var response = await _client.GetAsync(AddressOf(node, path), limit.Token);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(limit.Token));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return (0, e.Message); // Not there yet; the deadline's message shows it.
        }
    }
}

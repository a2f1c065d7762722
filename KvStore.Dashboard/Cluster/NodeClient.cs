using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using KvStore.Dashboard.Configuration;

namespace KvStore.Dashboard.Cluster;

/// <summary>Talks to the nodes' HTTP interface. Every call has a time limit of its own, since behind a proxy a stopped node does not refuse.</summary>
internal sealed class NodeClient(IHttpClientFactory clients, DashboardOptions options)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string HttpClientName = "nodes";

    /// <summary>How long a node has to answer a question about itself.</summary>
    public static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(2);

    private const string TraceParent = "traceparent";

    // Longer than the longest write timeout that anybody would watch a page for.
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(60);

    /// <summary>Asks a node.</summary>
    /// <param name="node">Its address.</param>
    /// <param name="path">From the root, percent-encoded.</param>
    /// <param name="type">What is expected.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="NodeException">No answer, or one that says no.</exception>
    public Task<T> GetAsync<T>(Uri node, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, At(node, path)), type, ReadLimit, cancellationToken);

    /// <summary>The newest value that a node has of a key; null when it has none.</summary>
    /// <exception cref="NodeException">No answer, or one that says no.</exception>
    public async Task<KeyInfo?> ReadKeyAsync(Uri node, string key, CancellationToken cancellationToken)
    {
        try
        {
            var read = await GetAsync(node, $"/keys/{Escape(key)}", NodeJson.Default.KeyInfo, cancellationToken);
            return read.Key == key ? read : throw new NodeException("It answered for another key.");
        }
        catch (NodeException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Writes a key at the leader.</summary>
    /// <param name="leader">The leader's address.</param>
    /// <param name="body">Key and value.</param>
    /// <param name="traceParent">The W3C trace context that the write shall be traced under.</param>
    /// <param name="cancellationToken">Ends the wait, not the write.</param>
    /// <returns>The leader's answer, also when the quorum was not reached.</returns>
    /// <exception cref="NodeException">No answer, or one that is not about a quorum.</exception>
    public Task<WriteAnswer> WriteAsync(Uri leader, WriteBody body, string traceParent, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, At(leader, "/keys")) { Content = Json(body, NodeJson.Default.WriteBody) };
        request.Headers.Add(TraceParent, traceParent);
        return SendAsync(request, NodeJson.Default.WriteAnswer, WriteLimit, cancellationToken, HttpStatusCode.ServiceUnavailable);
    }

    /// <summary>Changes the write quorum.</summary>
    /// <exception cref="NodeException">The leader does not answer, or says no.</exception>
    public Task SetQuorumAsync(Uri leader, int quorum, CancellationToken cancellationToken) => AdministerAsync(
        leader, "/config/quorum", Json(new QuorumBody(quorum), NodeJson.Default.QuorumBody), cancellationToken);

    /// <summary>Changes the simulated lag.</summary>
    /// <exception cref="NodeException">The leader does not answer, or says no.</exception>
    public Task SetLagAsync(Uri leader, LagBody lag, CancellationToken cancellationToken) => AdministerAsync(
        leader, "/config/lag", Json(lag, NodeJson.Default.LagBody), cancellationToken);

    /// <summary>Stops sending entries to a follower, or goes on.</summary>
    /// <exception cref="NodeException">The leader does not answer, or says no.</exception>
    public Task SetPausedAsync(Uri leader, string follower, bool isPaused, CancellationToken cancellationToken) => AdministerAsync(
        leader, $"/admin/replication/{Uri.EscapeDataString(follower)}/{(isPaused ? "pause" : "resume")}", content: null, cancellationToken);

    private async Task AdministerAsync(Uri node, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, At(node, path)) { Content = content };
        if (options.ClusterSecret is { } secret)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        await SendAsync(request, NodeJson.Default.JsonElement, ReadLimit, cancellationToken);
    }

    private async Task<T> SendAsync<T>(
        HttpRequestMessage request, JsonTypeInfo<T> type, TimeSpan limit, CancellationToken cancellationToken, HttpStatusCode alsoExpected = HttpStatusCode.OK)
    {
        using var _ = request;
        if (!request.Headers.Contains(TraceParent))
        {
            request.Headers.Add(TraceParent, Unsampled());
        }

        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, time.Token);
            await using var body = await response.Content.ReadAsStreamAsync(time.Token);
            if (!response.IsSuccessStatusCode && response.StatusCode != alsoExpected)
            {
                throw new NodeException(await ReadProblemAsync(response, body, time.Token), response.StatusCode);
            }

            return await JsonSerializer.DeserializeAsync(body, type, time.Token) ?? throw new NodeException("The node's answer is empty.");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NodeException($"No answer within {limit.TotalSeconds:0} s.", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new NodeException(e.HttpRequestError == HttpRequestError.ConnectionError ? "Nobody listens at its address." : e.Message, inner: e);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new NodeException($"Its answer cannot be read: {e.Message}", inner: e);
        }
    }

    private static async Task<string> ReadProblemAsync(HttpResponseMessage response, Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return (await JsonSerializer.DeserializeAsync(body, NodeJson.Default.ProblemInfo, cancellationToken))?.Detail ?? Status();
        }
        catch (JsonException)
        {
            return Status(); // The status says what there is to say.
        }

        string Status() => $"It answered {(int)response.StatusCode}.";
    }

    // The dashboard's own questions, a dozen each second, would be most of what is traced.
    private static string Unsampled() => $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";

    // A key may be a dot or two, which a path loses unless nothing normalises it.
    private static string Escape(string key) => key is "." or ".." ? key.Replace(".", "%2E", StringComparison.Ordinal) : Uri.EscapeDataString(key);

    private static Uri At(Uri node, string path) =>
        new($"{node.AbsoluteUri.TrimEnd('/')}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static StringContent Json<T>(T body, JsonTypeInfo<T> type) =>
        new(JsonSerializer.Serialize(body, type), new MediaTypeHeaderValue("application/json"));
}

/// <summary>A node did not answer, or said no; the message is fit for a person.</summary>
internal sealed class NodeException(string message, HttpStatusCode? status = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the node answered with; null when it did not.</summary>
    public HttpStatusCode? Status { get; } = status;
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KvStore.Analysis.Cluster;

/// <summary>Talks to the nodes' HTTP interface.</summary>
/// <param name="secret">The cluster secret; null when what needs it is not called.</param>
internal sealed class NodeClient(string? secret) : IDisposable
{
    // Beyond any write timeout but a very patient one's.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxConnectionsPerServer = 2000,
    })
    { Timeout = Limit };

    /// <summary>Asks a node.</summary>
    /// <exception cref="AnalysisException">No answer, or one that says no.</exception>
    public async Task<T> GetAsync<T>(Uri node, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, path));
        return await SendAsync(request, type, cancellationToken);
    }

    /// <summary>Asks a node that may be busy with as many answers of this kind as it gives at a time.</summary>
    /// <returns>Null when it is.</returns>
    /// <exception cref="AnalysisException">No answer, or one that says no.</exception>
    public async Task<T?> TryGetAsync<T>(Uri node, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, path));
        using var response = await SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.ServiceUnavailable ? null : await ReadAsync(response, type, cancellationToken);
    }

    /// <summary>Asks a node for text.</summary>
    /// <exception cref="AnalysisException">No answer, or one that says no.</exception>
    public async Task<string> GetTextAsync(Uri node, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, path));
        using var response = await SendAsync(request, cancellationToken);
        await ThrowUnlessDoneAsync(response, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Changes a setting of the leader.</summary>
    /// <exception cref="AnalysisException">No answer, or one that says no.</exception>
    public async Task PostAsync<T>(Uri node, string path, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node, path)) { Content = JsonContent.Create(body, type) };
        if (secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        using var response = await SendAsync(request, cancellationToken);
        await ThrowUnlessDoneAsync(response, cancellationToken);
    }

    /// <summary>Writes a key at the leader.</summary>
    /// <returns>The leader's answer, also when it is that the write failed.</returns>
    /// <exception cref="AnalysisException">No answer, or one that is not about this write.</exception>
    public async Task<WriteAnswer> WriteAsync(Uri leader, WriteBody body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(leader, "/keys")) { Content = JsonContent.Create(body, NodeJson.Default.WriteBody) };
        using var response = await SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.ServiceUnavailable
            ? await ParseAsync(response, NodeJson.Default.WriteAnswer, cancellationToken)
            : await ReadAsync(response, NodeJson.Default.WriteAnswer, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken);
        return await ReadAsync(response, type, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new AnalysisException($"{NodeOf(request)} does not answer: {e.Message.TrimEnd('.')}.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AnalysisException($"{NodeOf(request)} does not answer within {Limit.TotalSeconds:0} s.", e);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await ThrowUnlessDoneAsync(response, cancellationToken);
        return await ParseAsync(response, type, cancellationToken);
    }

    private static async Task ThrowUnlessDoneAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var what = $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri} answers {(int)response.StatusCode}";
        throw new AnalysisException(DetailOf(text) is { } detail ? $"{what}: {detail}" : $"{what}. Is that a node of KvStore?");
    }

    private static async Task<T> ParseAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new AnalysisException($"{response.RequestMessage!.RequestUri} does not answer as a node of KvStore does: {e.Message}", e);
        }
        catch (HttpRequestException e)
        {
            throw new AnalysisException($"{NodeOf(response.RequestMessage!)} broke off its answer: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static string NodeOf(HttpRequestMessage request) => request.RequestUri!.GetLeftPart(UriPartial.Authority);

    private static string? DetailOf(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, NodeJson.Default.ProblemInfo)?.Detail;
        }
        catch (JsonException)
        {
            return null; // Not a node's answer.
        }
    }
}

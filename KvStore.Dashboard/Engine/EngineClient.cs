using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using KvStore.Dashboard.Configuration;

namespace KvStore.Dashboard.Engine;

/// <summary>Talks to the control endpoint of the engine that started the cluster.</summary>
internal sealed class EngineClient(IHttpClientFactory clients, DashboardOptions options)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string HttpClientName = "engine";

    // A stop waits until the process has ended, and a node finishes its writes first.
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether the cluster was started by an engine that can be talked to.</summary>
    public bool IsThere => options.Engine is not null;

    /// <summary>Every resource of the application.</summary>
    /// <exception cref="EngineException">The engine does not answer, or says no.</exception>
    public async Task<IReadOnlyList<ResourceInfo>> ListAsync(CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Get, "/resources", EngineJson.Default.ResourceList, ReadLimit, cancellationToken)).Resources;

    /// <summary>What a resource has written since a line.</summary>
    /// <param name="resource">Its name.</param>
    /// <param name="after">The number of the last line that is known; 0 for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="EngineException">The engine does not answer, or says no.</exception>
    public Task<ConsolePart> ReadConsoleAsync(string resource, long after, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get, $"/resources/{Uri.EscapeDataString(resource)}/console?after={after}", EngineJson.Default.ConsolePart, ReadLimit, cancellationToken);

    /// <summary>Has something done with a resource: <c>start</c>, <c>stop</c>, <c>restart</c> or <c>kill</c>.</summary>
    /// <exception cref="EngineException">The engine does not answer, or says no.</exception>
    public async Task ExecuteAsync(string resource, string command, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, $"/resources/{Uri.EscapeDataString(resource)}/{command}", EngineJson.Default.JsonElement, CommandLimit, cancellationToken);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> type, TimeSpan limit, CancellationToken cancellationToken)
    {
        var engine = options.Engine ?? throw new EngineException("The cluster was not started by an engine that this dashboard can talk to.");
        using var request = new HttpRequestMessage(method, $"{engine.Address.AbsoluteUri.TrimEnd('/')}{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", engine.Token);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, time.Token);
            await using var body = await response.Content.ReadAsStreamAsync(time.Token);
            if (!response.IsSuccessStatusCode)
            {
                var problem = await JsonSerializer.DeserializeAsync(body, EngineJson.Default.EngineProblem, time.Token);
                throw new EngineException(problem?.Detail ?? $"The engine answered {(int)response.StatusCode}.");
            }

            return await JsonSerializer.DeserializeAsync(body, type, time.Token) ?? throw new EngineException("The engine's answer is empty.");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineException($"The engine did not answer within {limit.TotalSeconds:0} s.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw new EngineException($"The engine does not answer: {e.Message}", e);
        }
    }
}

/// <summary>The engine did not answer, or said no; the message is fit for a person.</summary>
internal sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);

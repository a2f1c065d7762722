using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Hosting.Engine;

/// <summary>Asks a resource over HTTP whether it is healthy.</summary>
internal sealed class HealthProbe : IDisposable
{
    private const int DescriptionLengthMax = 300;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <returns>The status, and what the resource answered.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<(HealthStatus Status, string Description)> CheckAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(url, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return (
                response.StatusCode == System.Net.HttpStatusCode.OK ? HealthStatus.Healthy : HealthStatus.Unhealthy,
                $"GET {url} answered {(int)response.StatusCode} {Describe(body)}".TrimEnd());
        }
        catch (HttpRequestException exception)
        {
            return (HealthStatus.Unhealthy, $"GET {url} failed: {exception.Message}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (HealthStatus.Unhealthy, $"GET {url} had no answer after {_client.Timeout.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _client.Dispose();

    // The sentence of problem details, and of what KvStore's nodes say of their health; the beginning of anything else.
    private static string Describe(string body)
    {
        var text = Detail(body) ?? body;
        return text.Length > DescriptionLengthMax ? $"{text[..DescriptionLengthMax]}…" : text;
    }

    private static string? Detail(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("detail", out var detail)
                && detail.ValueKind == JsonValueKind.String
                ? detail.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null; // A text of its own.
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary>What a node answered, read whole.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? MediaType => ContentHeaders.ContentType?.MediaType;

    /// <summary>The status is as it must be, and the body is JSON of the ordinary kind.</summary>
    public JsonElement Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status} came instead of {(int)status}: {Text}");
        Assert.Equal("application/json", MediaType);
        return Json;
    }

    /// <summary>The answer is an error as the contract wants it: problem details (RFC 9457) with a plain sentence.</summary>
    public JsonElement IsProblem(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status} came instead of {(int)status}: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        var problem = Json;
        Assert.Equal((int)status, problem.Number("status"));
        Assert.NotEmpty(problem.Text("title"));
        Assert.NotEmpty(problem.Text("type"));
        Assert.NotEmpty(problem.Text("detail"));
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Text, StringComparison.Ordinal);
        return problem;
    }

    /// <summary>The same, with exactly this detail.</summary>
    public JsonElement IsProblem(HttpStatusCode status, string detail)
    {
        var problem = IsProblem(status);
        Assert.Equal(detail, problem.Text("detail"));
        return problem;
    }

    /// <summary>422, with an error for exactly these fields.</summary>
    public JsonElement IsUnprocessable(params string[] fields)
    {
        var problem = IsProblem(HttpStatusCode.UnprocessableEntity);
        var errors = problem.GetProperty("errors");
        Assert.Equal(fields.Order(), errors.EnumerateObject().Select(error => error.Name).Order());
        Assert.All(errors.EnumerateObject(), error => Assert.All(error.Value.EnumerateArray(), text => Assert.NotEmpty(text.GetString()!)));
        return problem;
    }

    /// <summary>A refusal that passes says when to come back, in whole seconds.</summary>
    public void SaysWhenToRetry() => Assert.True(Headers.RetryAfter?.Delta > TimeSpan.Zero, "Retry-After is missing.");
}

/// <summary>Short calls.</summary>
internal static class AnswerExtensions
{
    public static Task<Answer> FetchAsync(this HttpClient client, string path) => client.CallAsync(HttpMethod.Get, path);

    public static Task<Answer> PostAsync(this HttpClient client, string path, object body) =>
        client.CallAsync(HttpMethod.Post, path, JsonContent.Create(body));

    public static Task<Answer> PostRawAsync(this HttpClient client, string path, string json) =>
        client.CallAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public static Task<Answer> PutAsync(this HttpClient client, string key, string value) => client.PostAsync("/keys", new { key, value });

    /// <summary>Writes under an idempotency key.</summary>
    public static Task<Answer> PutAsync(this HttpClient client, string key, string value, string idempotencyKey) =>
        client.CallAsync(HttpMethod.Post, "/keys", JsonContent.Create(new { key, value }), idempotencyKey: idempotencyKey);

    /// <summary>Writes as a part of a trace that the client has begun, and sampled.</summary>
    public static Task<Answer> PutTracedAsync(this HttpClient client, string key, string value, string traceId) =>
        client.CallAsync(HttpMethod.Post, "/keys", JsonContent.Create(new { key, value }), traceId: traceId);

    /// <summary>Deletes under an idempotency key.</summary>
    public static Task<Answer> RemoveAsync(this HttpClient client, string key, string idempotencyKey) =>
        client.CallAsync(HttpMethod.Delete, $"/keys/{Uri.EscapeDataString(key)}", idempotencyKey: idempotencyKey);

    /// <summary>Reads a key that may be any text but a dot segment, which no <see cref="Uri"/> lets through.</summary>
    public static Task<Answer> ReadAsync(this HttpClient client, string key) => client.FetchAsync($"/keys/{Uri.EscapeDataString(key)}");

    public static Task<Answer> RemoveAsync(this HttpClient client, string key) =>
        client.CallAsync(HttpMethod.Delete, $"/keys/{Uri.EscapeDataString(key)}");

    /// <summary>Calls something that administers a node.</summary>
    public static Task<Answer> AdministerAsync(this HttpClient client, string path, string? secret = null) =>
        client.CallAsync(HttpMethod.Post, path, secret: secret);

    public static async Task<Answer> CallAsync(
        this HttpClient client, HttpMethod method, string path, HttpContent? content = null, string? secret = null, string? idempotencyKey = null,
        string? traceId = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (traceId is not null)
        {
            request.Headers.Add("traceparent", $"00-{traceId}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        }

        if (idempotencyKey is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey));
        }

        if (secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>The string under a name; fails when it is absent or of another type.</summary>
    public static string Text(this JsonElement json, string name) => Member(json, name, JsonValueKind.String).GetString()!;

    /// <summary>The whole number under a name; fails when it is absent or of another type.</summary>
    public static long Number(this JsonElement json, string name) => Member(json, name, JsonValueKind.Number).GetInt64();

    public static bool Has(this JsonElement json, string name) => json.TryGetProperty(name, out _);

    public static IReadOnlyList<string> Texts(this JsonElement json, string name) =>
        [.. Member(json, name, JsonValueKind.Array).EnumerateArray().Select(item => item.GetString()!)];

    private static JsonElement Member(JsonElement json, string name, JsonValueKind kind)
    {
        Assert.True(json.TryGetProperty(name, out var member), $"'{name}' is missing in {json}");
        Assert.Equal(kind, member.ValueKind);
        return member;
    }
}

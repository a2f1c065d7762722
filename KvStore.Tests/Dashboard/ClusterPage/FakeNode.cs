using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>A server that answers what a node answers, with what a test says; 404 for whatever it has not been told of.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<FakeAnswer>> _answers = [];
    private volatile bool _isAway;

    private FakeNode()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());

    /// <summary>What came in.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = [];

    /// <summary>Whether it breaks every connection instead of answering.</summary>
    public bool IsAway
    {
        set => _isAway = value;
    }

    public static async Task<FakeNode> StartAsync()
    {
        var node = new FakeNode();
        await node._app.StartAsync();
        return node;
    }

    /// <summary>Answers 200 with a body from now on.</summary>
    /// <param name="call">Method and raw target, such as <c>GET /keys/a</c>.</param>
    /// <param name="body">Made anew for each answer; names become snake_case.</param>
    public void Answers(string call, Func<object> body) => _answers[call] = () => new(200, body());

    /// <summary>Answers with a status from now on.</summary>
    public void Answers(string call, int status, object body) => _answers[call] = () => new(status, body);

    /// <summary>Answers nothing from now on, and keeps the connection.</summary>
    public void Hangs(string call) => _answers[call] = () => new(0, "");

    /// <summary>Shows a value of a key from now on.</summary>
    public void Shows(string key, string value, long version) => Answers($"GET /keys/{key}", () => new { key, value, version });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var call = $"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
        Requests.Enqueue(new(call, context.Request.Headers["traceparent"].ToString()));
        if (_isAway)
        {
            context.Abort();
            return;
        }

        var answer = _answers.TryGetValue(call, out var make) ? make() : new(404, new { detail = "Not Found" });
        if (answer.Status == 0)
        {
            await WaitUntilLeftAsync(context);
            return;
        }

        context.Response.StatusCode = answer.Status;
        await context.Response.WriteAsJsonAsync(answer.Body, Json);
    }

    private static async Task WaitUntilLeftAsync(HttpContext context)
    {
        var left = new TaskCompletionSource();
        await using var _ = context.RequestAborted.Register(left.SetResult);
        await left.Task;
    }

    private sealed record FakeAnswer(int Status, object Body);
}

/// <summary>A request to a <see cref="FakeNode"/>.</summary>
/// <param name="Call">Method and raw target.</param>
/// <param name="TraceParent">Its trace context; empty for none.</param>
internal sealed record FakeRequest(string Call, string TraceParent);

using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Integration;

/// <summary>
/// Stands between the leader and one follower. While it is closed, messages with entries are held up and greetings pass:
/// the follower is known, and confirms nothing. It passes no streams, so each message is a request.
/// </summary>
internal sealed class ReplicationGate : IAsyncDisposable
{
    private const string Entries = "/replicate";

    private readonly WebApplication _app;
    private readonly Func<Uri> _follower;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private volatile TaskCompletionSource _opened = Opened();

    private ReplicationGate(Func<Uri> follower)
    {
        _follower = follower;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(PassAsync);
    }

    /// <summary>Where the leader finds the follower.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();

    /// <summary>Starts an open gate.</summary>
    /// <param name="follower">Where the follower really is, asked for each message: it is not known before the cluster runs.</param>
    public static async Task<ReplicationGate> StartAsync(Func<Uri> follower)
    {
        var gate = new ReplicationGate(follower);
        await gate._app.StartAsync();
        return gate;
    }

    /// <summary>Holds messages with entries up from now on.</summary>
    public void Close() => _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets through what is held up and whatever comes.</summary>
    public void Open() => _opened.TrySetResult();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Open();
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    private async Task PassAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            if (context.Request.Path == Entries)
            {
                await _opened.Task.WaitAsync(context.RequestAborted);
            }

            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_follower(), context.Request.Path.Value)) { Content = new StreamContent(context.Request.Body) };
            request.Content.Headers.Add("Content-Type", context.Request.ContentType);
            request.Headers.Add("Authorization", context.Request.Headers.Authorization.ToString());
            using var response = await _client.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            context.Abort(); // The follower is away, or the leader has given up: either sees a broken connection.
        }
    }
}

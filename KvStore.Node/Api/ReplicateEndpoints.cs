using System.Buffers;
using System.Net.Sockets;
using Google.Protobuf;
using KvStore.Node.Configuration;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Follower;
using KvStore.Node.Replication.Wire;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Node.Api;

/// <summary>The leader's messages to a follower, and entries written by hand where no secret is configured.</summary>
internal static class ReplicateEndpoints
{
    /// <summary>Maps <c>/replicate</c>; every call needs the cluster secret.</summary>
    public static void MapReplicate(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").AddEndpointFilterFactory(ClusterSecretFilter.Before).WithMetadata(new BodySizeLimit(ReplicationRoutes.MessageBytesMax)).ExcludeFromDescription();
        group.MapPost(ReplicationRoutes.Greeting, GreetAsync);
        group.MapPost(ReplicationRoutes.Replicate, ReplicateAsync);
        group.MapPost(ReplicationRoutes.Snapshot, TakeInAsync);
        group.MapGet(ReplicationRoutes.Stream, StreamAsync);
    }

    private static async Task<IResult> GreetAsync(HttpContext context, Follower follower)
    {
        var (message, problem) = await HandOverAsync(context, MessageReader.ReadGreeting, follower);
        if (message is null)
        {
            return problem!;
        }

        var answer = await message.Done;
        return Message(answer, answer.Refusal);
    }

    private static Task<IResult> TakeInAsync(HttpContext context, Follower follower) => AnswerAsync(context, MessageReader.ReadChunk, follower);

    // The connection is the leader's from here on; see docs/replication.md.
    private static async Task<IResult> StreamAsync(
        HttpContext context, Follower follower, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EntryStream> logger)
    {
        context.Response.Headers.Upgrade = ReplicationRoutes.StreamProtocol;
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade
            || !context.Request.Headers.Upgrade.Contains(ReplicationRoutes.StreamProtocol))
        {
            return new ApiProblem(
                StatusCodes.Status426UpgradeRequired, $"Here a leader makes its connection a stream of entries: send 'Upgrade: {ReplicationRoutes.StreamProtocol}'.");
        }

        try
        {
            // A leader whose machine is gone would otherwise keep its connection for ever.
            context.Features.Get<IConnectionSocketFeature>()?.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return Results.Empty; // It has closed it already.
        }

        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true; // It lasts as long as its leader, and would be an outlier in every figure.
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var connection = await upgrade.UpgradeAsync();
        await new EntryStream(new FrameStream(connection, ReplicationRoutes.MessageBytesMax), follower, time, logger).RunAsync(ended.Token);
        return Results.Empty;
    }

    private static Task<IResult> ReplicateAsync(HttpContext context, Follower follower, NodeOptions options, TimeProvider time) =>
        context.Request.ContentType == ReplicationRoutes.MediaType
            ? TakeEntriesAsync(context, follower, time)
            : WriteByHandAsync(context, follower, options);

    private static Task<IResult> TakeEntriesAsync(HttpContext context, Follower follower, TimeProvider time)
    {
        var receivedAt = time.GetUtcNow();
        return AnswerAsync(context, body => MessageReader.ReadEntries(body, receivedAt), follower);
    }

    private static async Task<IResult> WriteByHandAsync(HttpContext context, Follower follower, NodeOptions options)
    {
        var (fields, problem) = await JsonFields.ReadAsync(context.Request);
        using (fields)
        {
            if (fields is null)
            {
                return problem!;
            }

            var (key, value, version) = (fields.Key("key"), fields.Value("value"), fields.Version("version"));
            if (key is null || value is null || version is null)
            {
                return fields.Problem!;
            }

            if (options.ClusterSecret is not null)
            {
                return new ApiProblem(
                    StatusCodes.Status409Conflict, "This follower takes entries from its leader only: writing by hand needs a node without CLUSTER_SECRET.");
            }

            var message = new StandaloneMessage(key, value, version.Value);
            if (!follower.TryEnqueue(message))
            {
                return TooMany();
            }

            return await message.Done is { } refusal
                ? new ApiProblem(StatusCodes.Status409Conflict, refusal)
                : Results.Json(new ReplicatedInfo("replicated"), ApiJson.Shared.ReplicatedInfo);
        }
    }

    private static async Task<IResult> AnswerAsync<T>(HttpContext context, Func<ReadOnlySequence<byte>, T> read, Follower follower)
        where T : FollowerMessage<Refusal?>
    {
        var (message, problem) = await HandOverAsync(context, read, follower);
        if (message is null)
        {
            return problem!;
        }

        var refusal = await message.Done;
        return Message(new ReplicateAnswer { Refusal = refusal }, refusal);
    }

    private static async Task<(T? Message, ApiProblem? Problem)> HandOverAsync<T>(HttpContext context, Func<ReadOnlySequence<byte>, T> read, Follower follower)
        where T : FollowerMessage
    {
        try
        {
            var message = await RequestBody.ReadAsync(context, read);
            return follower.TryEnqueue(message) ? (message, null) : (null, TooMany());
        }
        catch (InvalidDataException e)
        {
            return (null, new ApiProblem(StatusCodes.Status422UnprocessableEntity, e.Message));
        }
    }

    private static ProtobufResult Message(IMessage message, Refusal? refusal) => new(
        message, refusal is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict);

    private static ApiProblem TooMany() => ApiProblem.Busy(Follower.TooManyMessages);

    private sealed class ProtobufResult(IMessage message, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var bytes = message.ToByteArray();
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = ReplicationRoutes.MediaType;
            httpContext.Response.ContentLength = bytes.Length;
            return bytes.Length == 0 ? Task.CompletedTask : httpContext.Response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Google.Protobuf;
using KvStore.Node.Api;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Replication.Leader;

/// <summary>A follower did not take what it was sent. The message says why, in words for people.</summary>
internal sealed class LaneException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether there was an answer, so that the follower is there.</summary>
    public bool IsAnswered { get; init; }
}

/// <summary>Sends a leader's messages, over HTTP. Each call has a time limit: a peer that hangs must not hold a lane.</summary>
internal sealed class LaneClient(IHttpMessageHandlerFactory handlers, NodeOptions options)
{
    /// <summary>The HTTP client for entries: no resilience handler, since the lane itself owns retries.</summary>
    public const string ReplicationClient = "replication";

    /// <summary>The HTTP client for greetings and control, with the standard resilience handler.</summary>
    public const string ControlClient = "control";

    // Messages without entries: a live follower answers them at once.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    private readonly AuthenticationHeaderValue? _authorization = options.ClusterSecret is { } secret ? new AuthenticationHeaderValue("Bearer", secret) : null;

    /// <summary>Sends a greeting.</summary>
    /// <exception cref="LaneException">There was no answer, or what answered is not a follower.</exception>
    public Task<GreetingAnswer> GreetAsync(Uri follower, byte[] body, CancellationToken cancellationToken) =>
        PostAsync(ControlClient, new Uri(follower, ReplicationRoutes.Greeting), body, GreetingAnswer.Parser, ProbeTimeout, cancellationToken);

    /// <summary>Sends entries, or none; on return the follower has every one of them on its disk.</summary>
    /// <exception cref="LaneException">They are not confirmed; the follower may hold them nevertheless.</exception>
    public Task ReplicateAsync(Uri follower, ReadOnlyMemory<byte> body, bool isHeartbeat, CancellationToken cancellationToken) =>
        SendAsync(new Uri(follower, ReplicationRoutes.Replicate), body, isHeartbeat ? ProbeTimeout : AttemptTimeout, cancellationToken);

    /// <summary>Sends a part of a snapshot; on return the follower has taken it in, and with the last part has it on its disk.</summary>
    /// <exception cref="LaneException">It is not confirmed.</exception>
    public Task SendChunkAsync(Uri follower, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        SendAsync(new Uri(follower, ReplicationRoutes.Snapshot), body, AttemptTimeout, cancellationToken);

    private async Task SendAsync(Uri address, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await PostAsync(ReplicationClient, address, body, ReplicateAnswer.Parser, timeout, cancellationToken);
        if (answer.Refusal is { } refusal)
        {
            throw new LaneException(refusal.Detail);
        }
    }

    private async Task<T> PostAsync<T>(
        string client, Uri address, ReadOnlyMemory<byte> body, MessageParser<T> parser, TimeSpan timeout, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = ReplicationRoutes.ContentType } },
            };
            request.Headers.Authorization = _authorization;

            // An HttpClient would come with a time limit of its own, and the costs of it.
            using var invoker = new HttpMessageInvoker(handlers.CreateHandler(client), disposeHandler: false);
            using var response = await invoker.SendAsync(request, limited.Token);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Conflict)
                || response.Content.Headers.ContentType?.MediaType != ReplicationRoutes.ContentType.MediaType)
            {
                throw new LaneException(await DescribeAsync(response, address, limited.Token)) { IsAnswered = true };
            }

            return parser.ParseFrom(await response.Content.ReadAsByteArrayAsync(limited.Token));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LaneException($"no answer from {address} within {timeout.TotalSeconds:0.#} s", e);
        }
        catch (HttpRequestException e)
        {
            throw new LaneException($"{address} cannot be reached: {e.Message}", e);
        }
        // A peer that resets the connection right away shows as a bare SocketException.
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException or SocketException or Polly.ExecutionRejectedException)
        {
            throw new LaneException($"{address} gave no usable answer: {e.Message}", e);
        }
    }

    private static async Task<string> DescribeAsync(HttpResponseMessage response, Uri address, CancellationToken cancellationToken) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized => $"{address} refuses the cluster secret: set the same CLUSTER_SECRET on every node",
        HttpStatusCode.NotFound => $"{address} is not a follower (404): check FOLLOWERS and NODE_ROLE",
        var status => $"{address} answered {(int)status} {response.ReasonPhrase}{await ReadDetailAsync(response, cancellationToken)}",
    };

    // What the follower itself says of the matter, such as that its disk failed.
    private static async Task<string> ReadDetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != ApiProblem.MediaType)
        {
            return "";
        }

        try
        {
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            return problem.RootElement.TryGetProperty("detail", out var detail) ? $": {detail.GetString()}" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}

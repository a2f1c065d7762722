using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Google.Protobuf;
using KvStore.Node.Api;
using KvStore.Node.Configuration;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Replication.Leader;

/// <summary>A follower did not take what it was sent. The message says why, in words for people.</summary>
internal sealed class LaneException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether there was an answer, so that the follower is there.</summary>
    public bool IsAnswered { get; init; }

    /// <summary>Why the follower refused; null when it did not.</summary>
    public FollowerRefusal? Refusal { get; init; }
}

/// <summary>Sends a leader's messages, over HTTP. Each call has a time limit: a peer that hangs must not hold a lane.</summary>
internal sealed class LaneClient(IHttpMessageHandlerFactory handlers, NodeOptions options, TimeProvider time)
{
    /// <summary>
    /// The HTTP client: no resilience handler, since the lane itself owns retries, and a circuit that is open would keep a follower away that
    /// is back already.
    /// </summary>
    public const string ReplicationClient = "replication";

    // Messages without entries: a live follower answers them at once.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    private readonly AuthenticationHeaderValue? _authorization = options.ClusterSecret is { } secret ? new AuthenticationHeaderValue("Bearer", secret) : null;

    /// <summary>Sends a greeting.</summary>
    /// <exception cref="LaneException">There was no answer, or what answered is not a follower.</exception>
    public Task<GreetingAnswer> GreetAsync(Uri follower, byte[] body, CancellationToken cancellationToken) =>
        PostAsync(new Uri(follower, ReplicationRoutes.Greeting), body, GreetingAnswer.Parser, ProbeTimeout, cancellationToken);

    /// <summary>Opens a stream to a follower.</summary>
    /// <returns>Null when the follower, or what stands before it, has none: an older version, or a proxy. Each message is a request then.</returns>
    /// <exception cref="LaneException">There was no answer.</exception>
    public Task<LaneStream?> OpenStreamAsync(Uri follower, CancellationToken cancellationToken)
    {
        var address = new Uri(follower, ReplicationRoutes.Stream);
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(ProductHeaderValue.Parse(ReplicationRoutes.StreamProtocol));
        return CallAsync<LaneStream?>(request, ProbeTimeout, async (response, limited) =>
        {
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
            {
                response.Dispose();
                return null;
            }

            var connection = FaultPoints.Around(await response.Content.ReadAsStreamAsync(limited), options.Faults);
            return new LaneStream(new FrameStream(connection, ReplicationRoutes.MessageBytesMax), address, time, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Sends entries, or none; on return the follower has every one of them on its disk.</summary>
    /// <param name="follower">The follower's address.</param>
    /// <param name="stream">The stream to it; null when it has none.</param>
    /// <param name="message">The encoded <see cref="ReplicateRequest"/>.</param>
    /// <param name="isHeartbeat">Whether it brings no entries.</param>
    /// <param name="cancellationToken">The node stops.</param>
    /// <exception cref="LaneException">They are not confirmed; the follower may hold them nevertheless.</exception>
    public async Task ReplicateAsync(Uri follower, LaneStream? stream, PooledBody message, bool isHeartbeat, CancellationToken cancellationToken)
    {
        var timeout = isHeartbeat ? ProbeTimeout : AttemptTimeout;
        Check(stream is not null
            ? await stream.SendAsync(message, timeout)
            : await PostAsync(new Uri(follower, ReplicationRoutes.Replicate), message.Memory, ReplicateAnswer.Parser, timeout, cancellationToken));
    }

    /// <summary>Sends a part of a snapshot; on return the follower has taken it in, and with the last part has it on its disk.</summary>
    /// <exception cref="LaneException">It is not confirmed.</exception>
    public async Task SendChunkAsync(Uri follower, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => Check(await PostAsync(
        new Uri(follower, ReplicationRoutes.Snapshot), body, ReplicateAnswer.Parser, AttemptTimeout, cancellationToken));

    private static void Check(ReplicateAnswer answer)
    {
        if (answer is { Refusal: not null } or { Failure.Length: > 0 })
        {
            throw new LaneException(answer.Refusal?.Detail ?? answer.Failure) { IsAnswered = true, Refusal = (FollowerRefusal?)answer.Refusal?.Reason };
        }
    }

    private Task<T> PostAsync<T>(
        Uri address, ReadOnlyMemory<byte> body, MessageParser<T> parser, TimeSpan timeout, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = ReplicationRoutes.ContentType } },
        };
        return CallAsync(request, timeout, async (response, limited) =>
        {
            using (response)
            {
                return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict
                    && response.Content.Headers.ContentType?.MediaType == ReplicationRoutes.ContentType.MediaType
                    ? parser.ParseFrom(await response.Content.ReadAsByteArrayAsync(limited))
                    : throw new LaneException(await DescribeAsync(response, address, limited)) { IsAnswered = true };
            }
        }, cancellationToken);
    }

    private async Task<T> CallAsync<T>(
        HttpRequestMessage request, TimeSpan timeout, Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(timeout);
        try
        {
            using (request)
            {
                request.Headers.Authorization = _authorization;

                // An HttpClient would come with a time limit of its own, and the costs of it.
                using var invoker = new HttpMessageInvoker(handlers.CreateHandler(ReplicationClient), disposeHandler: false);
                return await read(await invoker.SendAsync(request, limited.Token), limited.Token);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LaneException($"no answer from {request.RequestUri} within {timeout.TotalSeconds:0.#} s", e);
        }
        catch (HttpRequestException e)
        {
            throw new LaneException($"{request.RequestUri} cannot be reached: {e.Message}", e);
        }
        // A peer that resets the connection right away shows as a bare SocketException.
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException or SocketException)
        {
            throw new LaneException($"{request.RequestUri} gave no usable answer: {e.Message}", e);
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

using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using KvStore.Node.Configuration;
using KvStore.Node.Replication.Core;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Node.Replication.Leader;

/// <summary>A follower did not take what it was sent. The message says why, in words for people.</summary>
internal sealed class LaneException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The two messages that a leader sends, over HTTP. Each call has a time limit: a peer that hangs must not hold a lane.</summary>
internal sealed class LaneClient(IHttpClientFactory clients, NodeOptions options)
{
    /// <summary>The HTTP client for entries: no resilience handler, since the lane itself owns retries.</summary>
    public const string ReplicationClient = "replication";

    /// <summary>The HTTP client for greetings and control, with the standard resilience handler.</summary>
    public const string ControlClient = "control";

    // Messages without entries: a live follower answers them at once.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);
    private static readonly uint EntriesTag = WireFormat.MakeTag(ReplicateRequest.EntriesFieldNumber, WireFormat.WireType.LengthDelimited);

    /// <summary>Asks a follower who it is and what it holds.</summary>
    /// <exception cref="LaneException">It did not answer, or what answered is not a follower.</exception>
    public async Task<GreetingReply> GreetAsync(Uri follower, LeaderEnvelope envelope, long leaderLsn, CancellationToken cancellationToken)
    {
        var body = new Greeting { Envelope = ToMessage(envelope), LeaderLsn = leaderLsn }.ToByteArray();
        var answer = await PostAsync(
            ControlClient, new Uri(follower, ReplicationRoutes.Greeting), body, GreetingAnswer.Parser, ProbeTimeout, cancellationToken);
        return new GreetingReply(
            new FollowerIdentity(answer.NodeId, answer.StoreId),
            answer.ClusterId.Length == 0 ? null : answer.ClusterId,
            answer.Epoch.ToEpoch(),
            new LsnRangeSet(answer.Holdings.Select(range => new LsnRange(range.Start, range.End))),
            answer.Refusal is null ? null : (FollowerRefusal)answer.Refusal.Reason,
            answer.Refusal?.Detail);
    }

    /// <summary>Sends entries; on return the follower has every one of them on its disk.</summary>
    /// <exception cref="LaneException">They are not confirmed; the follower may hold them nevertheless.</exception>
    public async Task ReplicateAsync(Uri follower, ReplicateRequest header, IReadOnlyList<OutgoingEntry> entries, CancellationToken cancellationToken)
    {
        var timeout = entries.Count == 0 ? ProbeTimeout : AttemptTimeout;
        var answer = await PostAsync(
            ReplicationClient, new Uri(follower, ReplicationRoutes.Replicate), Encode(header, entries), ReplicateAnswer.Parser, timeout, cancellationToken);
        if (answer.Refusal is { } refusal)
        {
            throw new LaneException(refusal.Detail);
        }
    }

    /// <summary>The message for an envelope.</summary>
    public static Envelope ToMessage(LeaderEnvelope envelope) => new()
    {
        ClusterId = envelope.ClusterId,
        Epoch = envelope.Epoch.ToMessage(),
        StoreId = envelope.StoreId ?? "",
    };

    // Entries are encoded once for all followers, so their bytes go into the message as they are.
    private static ReadOnlyMemory<byte> Encode(ReplicateRequest header, IReadOnlyList<OutgoingEntry> entries)
    {
        var size = header.CalculateSize();
        foreach (var entry in entries)
        {
            size += CodedOutputStream.ComputeTagSize(ReplicateRequest.EntriesFieldNumber)
                + CodedOutputStream.ComputeLengthSize(entry.Bytes.Length) + entry.Bytes.Length;
        }

        var buffer = new byte[size];
        var output = new CodedOutputStream(buffer);
        header.WriteTo(output);
        foreach (var entry in entries)
        {
            output.WriteTag(EntriesTag);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(entry.Bytes));
        }

        output.CheckNoSpaceLeft();
        return buffer;
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
            if (options.ClusterSecret is { } secret)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
            }

            using var response = await clients.CreateClient(client).SendAsync(request, limited.Token);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Conflict)
                || response.Content.Headers.ContentType?.MediaType != ReplicationRoutes.ContentType.MediaType)
            {
                throw new LaneException(Describe(response, address));
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
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException or Polly.ExecutionRejectedException)
        {
            throw new LaneException($"{address} gave no usable answer: {e.Message}", e);
        }
    }

    private static string Describe(HttpResponseMessage response, Uri address) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized => $"{address} refuses the cluster secret: set the same CLUSTER_SECRET on every node",
        HttpStatusCode.NotFound => $"{address} is not a follower (404): check FOLLOWERS and NODE_ROLE",
        var status => $"{address} answered {(int)status} {response.ReasonPhrase}",
    };
}

using System.Net;
using Google.Protobuf;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Tests.Api;

/// <summary>The leader's side of the replication protocol, with messages made by hand.</summary>
internal sealed class CraftedLeader(HttpClient follower)
{
    public string ClusterId { get; init; } = "crafted cluster";

    public EpochMessage Epoch { get; init; } = new() { Counter = 5, RunId = 55 };

    /// <summary>Which store the messages are meant for; a greeting that is accepted sets it.</summary>
    public string StoreId { get; set; } = "";

    public string? Secret { get; init; }

    public async Task<(HttpStatusCode Status, GreetingAnswer Answer)> GreetAsync()
    {
        var answer = await PostAsync(ReplicationRoutes.Greeting, new Greeting { Envelope = Envelope("") });
        Assert.Equal(ReplicationRoutes.MediaType, answer.MediaType);
        var greeted = GreetingAnswer.Parser.ParseFrom(answer.Body);
        if (greeted.Refusal is null)
        {
            StoreId = greeted.StoreId;
        }

        return (answer.Status, greeted);
    }

    public async Task<(HttpStatusCode Status, Refusal? Refusal)> ReplicateAsync(params Entry[] entries)
    {
        var answer = await PostEntriesAsync(entries);
        Assert.Equal(ReplicationRoutes.MediaType, answer.MediaType);
        return (answer.Status, ReplicateAnswer.Parser.ParseFrom(answer.Body).Refusal);
    }

    public Task<Answer> PostEntriesAsync(params Entry[] entries) => PostAsync(ReplicationRoutes.Replicate, Message(entries));

    public ReplicateRequest Message(params Entry[] entries)
    {
        var request = new ReplicateRequest { Envelope = Envelope(StoreId), LeaderLsn = entries.Max(entry => entry.Lsn) };
        request.Entries.AddRange(entries.Select(entry => ByteString.CopyFrom(EncodedEntry.Encode(entry).Bytes.Span)));
        return request;
    }

    /// <summary>Asks for a stream; its connection is in the answer when that is 101.</summary>
    public Task<HttpResponseMessage> AskForStreamAsync(string protocol = ReplicationRoutes.StreamProtocol)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, ReplicationRoutes.Stream);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd(protocol);
        request.Headers.Authorization = Secret is null ? null : new("Bearer", Secret);
        return follower.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public Entry Put(long lsn, string key, string value) => new()
    {
        Lsn = lsn,
        Epoch = Epoch,
        Kind = EntryKind.Put,
        Key = ByteString.CopyFromUtf8(key),
        Value = ByteString.CopyFromUtf8(value),
        WriteQuorum = 1,
    };

    public Entry Delete(long lsn, string key) => new()
    {
        Lsn = lsn,
        Epoch = Epoch,
        Kind = EntryKind.Delete,
        Key = ByteString.CopyFromUtf8(key),
        WriteQuorum = 1,
    };

    public Task<Answer> PostBytesAsync(string path, byte[] body) => follower.CallAsync(
        HttpMethod.Post, path, new ByteArrayContent(body) { Headers = { ContentType = new(ReplicationRoutes.MediaType) } }, Secret);

    private Task<Answer> PostAsync(string path, IMessage message) => PostBytesAsync(path, message.ToByteArray());

    private Envelope Envelope(string storeId) => new() { ClusterId = ClusterId, Epoch = Epoch, StoreId = storeId };
}

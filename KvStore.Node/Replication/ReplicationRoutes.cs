using System.Net.Http.Headers;

namespace KvStore.Node.Replication;

/// <summary>Where a follower takes a leader's messages.</summary>
internal static class ReplicationRoutes
{
    /// <summary>Takes entries.</summary>
    public const string Replicate = "/replicate";

    /// <summary>Turns the connection into a stream of what <see cref="Replicate"/> takes, and of the answers.</summary>
    public const string Stream = "/replicate/stream";

    /// <summary>What the connection is upgraded to (RFC 9110, section 7.8); see <see cref="Wire.FrameStream"/>.</summary>
    public const string StreamProtocol = "kvstore-replication/1";

    /// <summary>The largest message. A batch is at most <c>MAX_BATCH_BYTES</c>, or one entry that is longer.</summary>
    public const int MessageBytesMax = 16 << 20;

    /// <summary>Takes greetings.</summary>
    public const string Greeting = "/replicate/greeting";

    /// <summary>Takes parts of a snapshot.</summary>
    public const string Snapshot = "/replicate/snapshot";

    /// <summary>The media type of the messages and of their answers.</summary>
    public const string MediaType = "application/x-protobuf";

    /// <summary><see cref="MediaType"/> as a header's value.</summary>
    public static MediaTypeHeaderValue ContentType { get; } = new(MediaType);
}

using System.Net.Http.Headers;

namespace KvStore.Node.Replication;

/// <summary>Where a follower takes a leader's messages.</summary>
internal static class ReplicationRoutes
{
    /// <summary>Takes entries.</summary>
    public const string Replicate = "/replicate";

    /// <summary>Takes greetings.</summary>
    public const string Greeting = "/replicate/greeting";

    /// <summary>Takes parts of a snapshot.</summary>
    public const string Snapshot = "/replicate/snapshot";

    /// <summary>The media type of both messages and of their answers.</summary>
    public const string MediaType = "application/x-protobuf";

    /// <summary><see cref="MediaType"/> as a header's value.</summary>
    public static MediaTypeHeaderValue ContentType { get; } = new(MediaType);
}

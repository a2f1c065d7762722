namespace KvStore.Dashboard.Otlp;

/// <summary>How OTLP is received.</summary>
internal sealed record OtlpOptions
{
    /// <summary>The header, and gRPC metadata, with the key.</summary>
    public const string ApiKeyHeader = "x-otlp-api-key";

    /// <summary>What a sender must put into <see cref="ApiKeyHeader"/>; null or empty when anybody may send.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Bytes of a message, before and after it is unzipped.</summary>
    public int MessageBytesMax { get; init; } = 16 << 20;

    /// <summary>Messages within a message, over all levels: an attribute is two, a span one beside them. An exporter sends some hundred spans at once.</summary>
    public int SubMessagesMax { get; init; } = 100_000;

    /// <summary>Messages that are read and taken in at the same time.</summary>
    public int MessagesAtOnceMax { get; init; } = 4;

    /// <summary>Messages that may wait for that; further ones are told to come back (503, UNAVAILABLE).</summary>
    public int MessagesWaitingMax { get; init; } = 64;

    /// <summary>How long a message may take to arrive. It holds one of the few places meanwhile.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

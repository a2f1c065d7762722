using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Configuration;

/// <summary>What the environment says of the dashboard, read and checked once.</summary>
internal sealed record DashboardOptions
{
    /// <summary>What a browser must bring to be let in; made at start when nobody has set it.</summary>
    public required string Token { get; init; }

    /// <summary>Whether somebody has set <see cref="Token"/>, so that it needs not be printed.</summary>
    public required bool IsTokenGiven { get; init; }

    /// <summary>The port that takes OTLP over gRPC.</summary>
    public required int OtlpGrpcPort { get; init; }

    /// <summary>The port that takes OTLP as protobuf over HTTP.</summary>
    public required int OtlpHttpPort { get; init; }

    /// <summary>What senders of telemetry must bring; null when everybody may send.</summary>
    public string? OtlpApiKey { get; init; }

    /// <summary>The leader's address, or a name that service discovery resolves; null when there is no cluster to show.</summary>
    public Uri? Leader { get; init; }

    /// <summary>The followers by name, with an address or a name that service discovery resolves.</summary>
    public required IReadOnlyList<FollowerAddress> Followers { get; init; }

    /// <summary>What administers a node; null when the cluster has none.</summary>
    public string? ClusterSecret { get; init; }

    /// <summary>Where the engine that started the cluster takes commands; null when there is no such engine.</summary>
    public EngineAddress? Engine { get; init; }

    /// <summary>How much telemetry is kept.</summary>
    public required StoreLimits Limits { get; init; }
}

/// <summary>A follower as the configuration names it.</summary>
public sealed record FollowerAddress(string Name, Uri Address);

/// <summary>The control endpoint of the embedded engine.</summary>
internal sealed record EngineAddress(Uri Address, string Token);

using KvStore.Tests.Crash;

namespace KvStore.Tests.Integration;

/// <summary>What a cluster of the tests has of its own; the rest is as the AppHost has it, without simulated lag.</summary>
internal sealed record ClusterOptions
{
    /// <summary>How long a write waits for its quorum.</summary>
    public int WriteTimeoutMs { get; init; } = 5000;

    /// <summary>Whether the leader reaches each follower through a <see cref="ReplicationGate"/>.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether the leader reaches each follower through a <see cref="TcpLink"/>.</summary>
    public bool IsLinked { get; init; }

    /// <summary>Where every node sends its telemetry, over gRPC; null for nowhere.</summary>
    public string? OtlpEndpoint { get; init; }
}

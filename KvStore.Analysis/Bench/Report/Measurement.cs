namespace KvStore.Analysis.Bench.Report;

/// <summary>What one round of one contender brought.</summary>
internal sealed record Measurement
{
    public required string Scenario { get; init; }

    public required string Contender { get; init; }

    public required int Round { get; init; }

    public required int Connections { get; init; }

    /// <summary>How long requests counted. Less than what was asked for when the run was stopped.</summary>
    public required double Seconds { get; init; }

    public required long Operations { get; init; }

    public required long Errors { get; init; }

    public string? FirstError { get; init; }

    public required double OperationsPerSecond { get; init; }

    public required Latency LatencyMs { get; init; }

    /// <summary>What the load generator used.</summary>
    public required GeneratorUse Generator { get; init; }

    /// <summary>What the store used; null when its processes are not on this machine.</summary>
    public ServerUse? Servers { get; init; }
}

/// <summary>Latencies in milliseconds.</summary>
internal sealed record Latency(double Mean, double Min, double P50, double P90, double P99, double P999, double Max);

/// <summary>CPU of the load generator: the part of one core that it used, and microseconds for one operation.</summary>
internal sealed record GeneratorUse(double CpuShare, double CpuUsPerOperation);

/// <summary>CPU of the store's processes for one operation in microseconds, and their memory at the end in MiB.</summary>
internal sealed record ServerUse(double LeaderCpuUsPerOperation, double FollowersCpuUsPerOperation, double CpuCores, long LeaderMemoryMb, long LargestFollowerMemoryMb);

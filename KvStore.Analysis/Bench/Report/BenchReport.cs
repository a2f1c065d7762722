using KvStore.Analysis.Output;

namespace KvStore.Analysis.Bench.Report;

/// <summary>The whole run, as <c>bench.json</c> has it.</summary>
internal sealed record BenchReport
{
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How it was called.</summary>
    public required string Command { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>The type of the file system on which the stores' data were.</summary>
    public required string? FileSystem { get; init; }

    /// <summary>How many processes wanted a processor over the last minute, before the run: what others do on the machine.</summary>
    public required string? LoadAverageBefore { get; init; }

    /// <summary>Whether everything was measured that was asked for.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The stores and their versions.</summary>
    public SortedSet<string> Stores { get; } = [];

    /// <summary>What the check of the replicas found.</summary>
    public List<string> Verified { get; } = [];

    public List<Measurement> Measurements { get; } = [];

    public IReadOnlyList<Ratio> Ratios { get; set; } = [];
}

using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench;

/// <summary>What is compared.</summary>
internal enum Measure
{
    /// <summary>Answers a second.</summary>
    OperationsPerSecond,

    /// <summary>Median latency.</summary>
    MedianLatency,

    /// <summary>CPU time of all the store's processes for one operation.</summary>
    CpuPerOperation,
}

/// <summary>A store to be started. Two that are equal are one.</summary>
/// <param name="Kind">One of <see cref="ContenderNames"/>.</param>
/// <param name="Followers">How many followers.</param>
/// <param name="WriteQuorum">W.</param>
/// <param name="Variant">What tells it from others of its kind.</param>
internal sealed record StoreSpec(string Kind, int Followers, int WriteQuorum, StoreVariant Variant = StoreVariant.Plain);

/// <summary>What tells stores of a kind apart.</summary>
internal enum StoreVariant
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>It is filled with many keys.</summary>
    ManyKeys,

    /// <summary>It sends telemetry, and samples traces as it does by itself.</summary>
    TracesSampled,

    /// <summary>It sends telemetry, and samples no trace.</summary>
    TracesOff,
}

/// <summary>Names of stores.</summary>
internal static class ContenderNames
{
    public const string KvStore = "KvStore";
    public const string Redis = "redis";
    public const string Etcd = "etcd";
}

/// <summary>One of those that are measured in turn.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Store">The store.</param>
/// <param name="Workload">What it is asked.</param>
internal sealed record Contender(string Name, StoreSpec Store, Workload Workload);

/// <summary>Contenders that are measured in turn, round by round, and how they are compared.</summary>
internal sealed record Scenario(string Name, Measure Measure, IReadOnlyList<Contender> Contenders)
{
    /// <summary>Whose measure is divided by whose.</summary>
    public IReadOnlyList<(Contender Of, Contender To)> Ratios { get; init; } = [.. Contenders.Skip(1).Select(other => (Contenders[0], other))];

    /// <summary>Whether each store runs only in its turn, so that many do not run at a time.</summary>
    public bool IsOneAtATime { get; init; }

    /// <summary>Whether every key is written before the first round.</summary>
    public bool IsFilled { get; init; }
}

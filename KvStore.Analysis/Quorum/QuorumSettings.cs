using System.ComponentModel;
using KvStore.Analysis.Cluster;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Quorum;

/// <summary>Options of the experiment.</summary>
internal sealed class QuorumSettings : ClusterSettings
{
    private const int WritesMax = 1_000_000;
    private const int ConcurrencyMax = 1000;
    private const int KeysMax = 100_000;

    [CommandOption("--writes <COUNT>")]
    [Description("Writes with each write quorum.")]
    [DefaultValue(100)]
    public int Writes { get; init; } = 100;

    [CommandOption("--concurrency <COUNT>")]
    [Description("How many of them are in flight at a time.")]
    [DefaultValue(10)]
    public int Concurrency { get; init; } = 10;

    [CommandOption("--keys <COUNT>")]
    [Description("Over how many keys they go.")]
    [DefaultValue(10)]
    public int Keys { get; init; } = 10;

    [CommandOption("--explain")]
    [Description("Says in a paragraph what the plot shows.")]
    public bool Explain { get; init; }

    /// <inheritdoc />
    protected override IEnumerable<string> Faults() => base.Faults()
        .Concat(Beyond("--writes", Writes, 2, WritesMax))
        .Concat(Beyond("--concurrency", Concurrency, 1, ConcurrencyMax))
        .Concat(Beyond("--keys", Keys, 1, KeysMax));
}

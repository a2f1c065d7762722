using System.ComponentModel;
using KvStore.Analysis.Cluster;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Lag;

/// <summary>Options of <c>lag</c>.</summary>
internal sealed class LagSettings : ClusterSettings
{
    [CommandOption("--rate <COUNT>")]
    [Description("Writes a second.")]
    [DefaultValue(200)]
    public int Rate { get; init; } = 200;

    [CommandOption("--seconds <SECONDS>")]
    [Description("How long.")]
    [DefaultValue(30)]
    public int Seconds { get; init; } = 30;

    [CommandOption("--interval-ms <MS>")]
    [Description("How long between two looks at the lag.")]
    [DefaultValue(200)]
    public int IntervalMs { get; init; } = 200;

    [CommandOption("--keys <COUNT>")]
    [Description("Over how many keys the writes go.")]
    [DefaultValue(1000)]
    public int Keys { get; init; } = 1000;

    [CommandOption("--value-bytes <COUNT>")]
    [Description("The size of each value.")]
    [DefaultValue(100)]
    public int ValueBytes { get; init; } = 100;

    /// <inheritdoc />
    protected override IEnumerable<string> Faults() => base.Faults()
        .Concat(Beyond("--rate", Rate, 1, 100_000))
        .Concat(Beyond("--seconds", Seconds, 1, 86_400))
        .Concat(Beyond("--interval-ms", IntervalMs, 10, 60_000))
        .Concat(Beyond("--keys", Keys, 1, 100_000))
        .Concat(Beyond("--value-bytes", ValueBytes, 1, 1 << 20));
}

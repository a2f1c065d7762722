using System.ComponentModel;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Bench;

/// <summary>What is measured, and how.</summary>
internal sealed class BenchSettings : CommandSettings
{
    /// <summary>The stores that <c>--against</c> knows.</summary>
    public static readonly string[] Peers = [ContenderNames.Redis, ContenderNames.Etcd];

    // etcd takes a frame of 16 KiB without being asked for more, and a request's other bytes are in it too.
    private const int EtcdValueBytesMax = 16_000;
    private const int ValueBytesMax = 1 << 20;
    private const int KeysMax = 1_000_000_000;
    private const int ConnectionsMax = 10_000;

    [CommandOption("--leader <URL>")]
    [Description("Measures a cluster that runs, by its leader's address; without it one is started, with no simulated lag")]
    public string? Leader { get; init; }

    [CommandOption("--followers <N>")]
    [Description("Followers of the clusters that are started (5)")]
    public int? Followers { get; init; }

    [CommandOption("--quorum <W>")]
    [Description("How many followers confirm a write")]
    [DefaultValue(3)]
    public int Quorum { get; init; }

    [CommandOption("--connections <N>")]
    [Description("Connections, each with one request at a time (50)")]
    public int? Connections { get; init; }

    [CommandOption("--rate <N>")]
    [Description("Open loop: so many requests a second, each due at its moment. Without it each connection sends when it has its answer")]
    public double? Rate { get; init; }

    [CommandOption("--duration <SECONDS>")]
    [Description("How long a round counts")]
    [DefaultValue(10.0)]
    public double Duration { get; init; }

    [CommandOption("--warm-up <SECONDS>")]
    [Description("How long requests go to a store before its first round; later rounds have a second of it")]
    [DefaultValue(10.0)]
    public double WarmUp { get; init; }

    [CommandOption("--rounds <N>")]
    [Description("Rounds; in each, every store has its turn")]
    [DefaultValue(3)]
    public int Rounds { get; init; }

    [CommandOption("--keys <N>")]
    [Description("Keys, of which each request takes one at random (10000)")]
    public int? Keys { get; init; }

    [CommandOption("--value-bytes <N>")]
    [Description("The size of a value")]
    [DefaultValue(100)]
    public int ValueBytes { get; init; }

    [CommandOption("--read-share <SHARE>")]
    [Description("Which part of the requests are reads, 0 to 1 (0)")]
    public double? ReadShare { get; init; }

    [CommandOption("--against <STORES>")]
    [Description("Other stores to measure in turn with KvStore, as many copies and confirmations of each: redis, etcd, or redis,etcd")]
    public string? Against { get; init; }

    [CommandOption("--scenario <NAMES>")]
    [Description("Prepared measurements in place of the options above: writes-50, writes-200, latency-1, reads, million-keys, tracing, fan-out, or all; several with commas")]
    public string? Scenario { get; init; }

    [CommandOption("--data <FOLDER>")]
    [Description("Where the stores' data are while they run; a folder on a disk (the system's temporary folder)")]
    public string? Data { get; init; }

    [CommandOption("--output <FOLDER>")]
    [Description("Where bench.json goes")]
    [DefaultValue("analysis-results")]
    public string Output { get; init; } = "analysis-results";

    /// <summary>The other stores.</summary>
    public string[] PeerList => List(Against);

    /// <summary>The scenarios; none for what the other options say.</summary>
    public string[] ScenarioList => List(Scenario) is ["all"] ? Scenarios.Names : List(Scenario);

    /// <inheritdoc />
    public override ValidationResult Validate()
    {
        foreach (var fault in Faults())
        {
            return ValidationResult.Error(fault);
        }

        return ValidationResult.Success();
    }

    private IEnumerable<string> Faults()
    {
        string?[] faults =
        [
            OutOf("--followers", Followers ?? 5, 1, 20),
            OutOf("--quorum", Quorum, 1, Leader is null ? Followers ?? 5 : int.MaxValue),
            OutOf("--connections", Connections ?? 1, 1, ConnectionsMax),
            OutOf("--rate", Rate ?? 1, 0.1, 1_000_000),
            OutOf("--duration", Duration, 0.1, 86_400),
            OutOf("--warm-up", WarmUp, 0, 86_400),
            OutOf("--rounds", Rounds, 1, 1_000),
            OutOf("--keys", Keys ?? 1, 1, KeysMax),
            OutOf("--value-bytes", ValueBytes, 0, PeerList.Contains(ContenderNames.Etcd) ? EtcdValueBytesMax : ValueBytesMax),
            OutOf("--read-share", ReadShare ?? 0, 0, 1),
            Leader is null || (Uri.TryCreate(Leader, UriKind.Absolute, out var leader) && leader.Scheme == Uri.UriSchemeHttp)
                ? null : $"--leader must be an address such as http://localhost:8000; got '{Leader}'.",
            Leader is not null && Followers is not null ? "--followers is for clusters that are started; with --leader the running one has its own." : null,
            PeerList.FirstOrDefault(peer => !Peers.Contains(peer)) is { } peer ? $"--against knows {string.Join(" and ", Peers)}; got '{peer}'." : null,
            ScenarioList.FirstOrDefault(name => !Scenarios.Names.Contains(name)) is { } scenario
                ? $"--scenario knows {string.Join(", ", Scenarios.Names)} and all; got '{scenario}'." : null,
            Scenario is not null && (Connections ?? Keys ?? Rate ?? ReadShare) is not null
                ? "--scenario decides on --connections, --rate, --keys and --read-share itself: leave them out, or leave --scenario out." : null,
            Leader is not null && ScenarioList.FirstOrDefault(Scenarios.NeedsClusters) is { } own ? $"The scenario {own} starts clusters of its own: leave --leader out." : null,
        ];
        return faults.OfType<string>();
    }

    private static string? OutOf(string option, double value, double least, double most) => value >= least && value <= most
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{option} must be a number from {least} to {most}; got {value}.");

    private static string[] List(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}

using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.Cluster;

/// <summary>Options of every command that works with a cluster: which one, its simulated lag, and where the files go.</summary>
internal abstract class ClusterSettings : CommandSettings
{
    /// <summary>The shortest lag of a cluster that is started.</summary>
    public const int DefaultMinDelayMs = 0;

    /// <summary>The longest lag of a cluster that is started.</summary>
    public const int DefaultMaxDelayMs = 1000;

    private const int MaxDelayMsLimit = 500_000;

    [CommandOption("--leader <URL>")]
    [Description("The leader of a running cluster. Without it a cluster is started for the run.")]
    public string? Leader { get; init; }

    [CommandOption("--followers <URLS>")]
    [Description("Addresses of the running followers, separated by commas, where those that the leader names cannot be reached from here.")]
    public string? Followers { get; init; }

    [CommandOption("--secret <SECRET>")]
    [Description("The running cluster's secret, to change its simulated lag; the variable CLUSTER_SECRET does as well.")]
    public string? Secret { get; init; }

    [CommandOption("--min-delay-ms <MS>")]
    [Description("The shortest simulated lag: 0, or what the running cluster has.")]
    public int? MinDelayMs { get; init; }

    [CommandOption("--max-delay-ms <MS>")]
    [Description("The longest simulated lag: 1000, or what the running cluster has.")]
    public int? MaxDelayMs { get; init; }

    [CommandOption("--output <FOLDER>")]
    [Description("Where the files go.")]
    [DefaultValue("analysis-results")]
    public string Output { get; init; } = "analysis-results";

    /// <summary>The leader of a running cluster; null to start one.</summary>
    public Uri? LeaderAddress => Leader is null ? null : ParseAddress(Leader);

    /// <summary>The addresses of the running followers; null for those that the leader names.</summary>
    public IReadOnlyList<Uri>? FollowerAddresses => Followers is null ? null : [.. Split(Followers).Select(text => ParseAddress(text)!)];

    /// <summary>The running cluster's secret.</summary>
    public string? SecretOrVariable =>
        (Secret ?? Environment.GetEnvironmentVariable("CLUSTER_SECRET")) is { Length: > 0 } secret ? secret : null;

    /// <summary>Whether the lag is to be another one than that of the running cluster.</summary>
    public bool ChangesLag => MinDelayMs is not null || MaxDelayMs is not null;

    /// <inheritdoc />
    public override ValidationResult Validate() => Faults().FirstOrDefault() is { } fault ? ValidationResult.Error(fault) : ValidationResult.Success();

    /// <summary>What is wrong with the options, one sentence each.</summary>
    protected virtual IEnumerable<string> Faults()
    {
        if (Leader is not null && ParseAddress(Leader) is null)
        {
            yield return $"--leader must be an address such as http://localhost:8000; got '{Leader}'.";
        }

        if (Followers is not null && (Leader is null || Split(Followers).Length == 0 || Split(Followers).Any(text => ParseAddress(text) is null)))
        {
            yield return $"--followers must be addresses such as http://localhost:8001, separated by commas, and goes with --leader; got '{Followers}'.";
        }

        if (Secret is not null && Leader is null)
        {
            yield return "--secret goes with --leader: a cluster that is started for the run has a secret of its own.";
        }

        var (min, max) = (MinDelayMs ?? DefaultMinDelayMs, MaxDelayMs ?? DefaultMaxDelayMs);
        if (min < 0 || min > max || max > MaxDelayMsLimit)
        {
            yield return $"The delays must be 0 <= --min-delay-ms <= --max-delay-ms <= {MaxDelayMsLimit}; got {min} and {max}.";
        }

        if (Leader is not null && ChangesLag && (MinDelayMs is null || MaxDelayMs is null || SecretOrVariable is null))
        {
            yield return "To change the simulated lag of a running cluster, give --min-delay-ms, --max-delay-ms and --secret (or CLUSTER_SECRET).";
        }

        if (string.IsNullOrWhiteSpace(Output))
        {
            yield return "--output must name a folder.";
        }
    }

    /// <summary>The fault of a number that is not within its bounds, if it is not.</summary>
    protected static IEnumerable<string> Beyond(string option, long value, long min, long max) =>
        value < min || value > max ? [$"{option} must be a number from {min} to {max}; got {value}."] : [];

    private static Uri? ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

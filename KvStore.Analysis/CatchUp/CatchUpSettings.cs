using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis.CatchUp;

/// <summary>Options of <c>catchup</c>.</summary>
internal sealed class CatchUpSettings : CommandSettings
{
    /// <summary>What can be measured, in order.</summary>
    public static readonly IReadOnlyList<string> AllParts = [Log, Snapshot, Ready, Behind];

    /// <summary>A follower with an empty store gets everything from the log.</summary>
    public const string Log = "log";

    /// <summary>A follower with an empty store gets a snapshot, since the log is cut.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>How long nodes with data take to start.</summary>
    public const string Ready = "ready";

    /// <summary>What the leader needs while a follower is down, and how long that one takes then.</summary>
    public const string Behind = "behind";

    private const long EntriesMin = 1000;
    private const long EntriesMax = 100_000_000;

    [CommandArgument(0, "[PARTS]")]
    [Description("log, snapshot, ready, behind: what is measured. Without it log and snapshot.")]
    public string[] Parts { get; init; } = [];

    [CommandOption("--entries <COUNT>")]
    [Description("How many entries the stores have.")]
    [DefaultValue(1_000_000L)]
    public long Entries { get; init; } = 1_000_000;

    [CommandOption("--rate <COUNT>")]
    [Description("Writes a second meanwhile.")]
    [DefaultValue(1000)]
    public int Rate { get; init; } = 1000;

    [CommandOption("--output <FOLDER>")]
    [Description("Where the file goes.")]
    [DefaultValue("analysis-results")]
    public string Output { get; init; } = "analysis-results";

    /// <summary>What is measured.</summary>
    public IReadOnlyList<string> PartsOrDefault => Parts.Length > 0 ? Parts : [Log, Snapshot];

    /// <inheritdoc />
    public override ValidationResult Validate()
    {
        if (Parts.FirstOrDefault(part => !AllParts.Contains(part)) is { } unknown)
        {
            return ValidationResult.Error($"There is {string.Join(", ", AllParts)} to measure; got '{unknown}'.");
        }

        if (Entries is < EntriesMin or > EntriesMax)
        {
            return ValidationResult.Error($"--entries must be a number from {EntriesMin} to {EntriesMax}; got {Entries}.");
        }

        return Rate is < 1 or > 100_000
            ? ValidationResult.Error($"--rate must be a number from 1 to 100000; got {Rate}.")
            : string.IsNullOrWhiteSpace(Output) ? ValidationResult.Error("--output must name a folder.") : ValidationResult.Success();
    }
}

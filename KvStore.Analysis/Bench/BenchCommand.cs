using Spectre.Console.Cli;

namespace KvStore.Analysis.Bench;

/// <summary>Measures writes and reads, and those of other stores beside them.</summary>
internal sealed class BenchCommand : AsyncCommand<BenchSettings>
{
    public override Task<int> ExecuteAsync(CommandContext context, BenchSettings settings, CancellationToken cancellationToken) => Task.FromResult(0);
}

/// <summary>What is measured, and how.</summary>
internal sealed class BenchSettings : CommandSettings;

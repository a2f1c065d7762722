using System.Globalization;
using KvStore.Analysis.Load;
using Spectre.Console;

namespace KvStore.Analysis.CatchUp;

/// <summary>What was measured, for the console.</summary>
internal static class CatchUpTable
{
    /// <summary>One column a part, one row a figure; figures that no part has are left out.</summary>
    public static Table Of(IReadOnlyList<CatchUpResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Catching up");
        table.AddColumn("");
        table.AddColumns([.. results.Select(result => result.Part)]);
        foreach (var (name, figure) in Figures)
        {
            var values = results.Select(figure).ToList();
            if (values.Any(value => value is not null))
            {
                table.AddRow([name, .. values.Select(value => value ?? "–")]);
            }
        }

        return table;
    }

    private static readonly (string Name, Func<CatchUpResult, string?> Figure)[] Figures =
    [
        ("entries or keys into one follower", result => Text($"{result.TakenPerSecond:N0}/s", result.TakenPerSecond)),
        ("it took", result => Text($"{result.Seconds:0.0} s", result.Seconds)),
        ("writes before", result => Describe(result.Before)),
        ("writes meanwhile", result => Describe(result.During)),
        ("p99 meanwhile", result => Text($"{result.P99Times:0.00} times that before", result.P99Times)),
        ("leader's fsync before", result => Text($"{result.LeaderFsyncsBefore?.MeanMs:0.0} ms", result.LeaderFsyncsBefore?.MeanMs)),
        ("leader's fsync meanwhile", result => Text($"{result.LeaderFsyncsDuring?.MeanMs:0.0} ms", result.LeaderFsyncsDuring?.MeanMs)),
        ("CPU of the leader", result => Text($"{result.LeaderCpuSeconds:0.0} s", result.LeaderCpuSeconds)),
        ("CPU of the follower", result => Text($"{result.FollowerCpuSeconds:0.0} s", result.FollowerCpuSeconds)),
        ("memory of the leader before", result => Text($"{result.LeaderMbBefore} MiB", result.LeaderMbBefore)),
        ("memory of the leader, at most", result => Text($"{result.LeaderMbMax} MiB", result.LeaderMbMax)),
        ("writes with a follower down", result => Text($"{result.WritesPerSecond:N0}/s", result.WritesPerSecond)),
        ("leader's disk meanwhile", result => result.LeaderDiskMb is { Count: > 0 } disk ? Text($"{disk.Min()} to {disk.Max()} MiB", disk) : null),
        ("follower ready after its start", result => Range(result.FollowerReadySeconds)),
        ("leader ready after its start", result => Range(result.LeaderReadySeconds)),
        ("all nodes identical", result => result.IsIdentical is true ? "[green]yes[/]" : null),
    ];

    private static string? Describe(LoadResult? load) =>
        Text($"{load?.WritesPerSecond:0}/s, median {load?.MedianMs:0.0} ms, p99 {load?.P99Ms:0.0} ms, {load?.Failed} failed", load);

    private static string? Range(IReadOnlyList<double>? seconds) =>
        seconds is { Count: > 0 } ? Text($"{seconds.Min():0.00} to {seconds.Max():0.00} s, {seconds.Count} rounds", seconds) : null;

    private static string? Text(FormattableString text, object? isThere) => isThere is null ? null : text.ToString(CultureInfo.InvariantCulture);
}

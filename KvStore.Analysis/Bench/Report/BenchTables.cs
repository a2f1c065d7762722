using System.Globalization;
using Spectre.Console;

namespace KvStore.Analysis.Bench.Report;

/// <summary>A run on the console.</summary>
internal static class BenchTables
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;
    /// <summary>The columns that the tables need.</summary>
    public const int Width = 150;

    private static readonly string[] RatioColumns = ["median", "min", "max", "rounds"];
    private static readonly string[] MeasurementColumns =
        ["round", "per s", "errors", "p50 ms", "p90", "p99", "p99.9", "max", "client", "µs/op", "leader", "followers", "MiB"];

    /// <summary>One round in a line, as it comes in.</summary>
    public static string Line(Measurement of) => string.Create(
        Culture, $"{of.Scenario}, round {of.Round}: {of.Contender}: {of.OperationsPerSecond:N0}/s, median {of.LatencyMs.P50:0.00} ms, p99 {of.LatencyMs.P99:0.00} ms")
        + (of.Errors > 0 ? string.Create(Culture, $"; {of.Errors:N0} errors, the first: {of.FirstError}") : "");

    /// <summary>Everything.</summary>
    public static void Write(IAnsiConsole console, BenchReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("").NoWrap());
        table.AddColumns([.. MeasurementColumns.Select(name => new TableColumn(name).RightAligned().NoWrap())]);
        foreach (var scenario in report.Measurements.GroupBy(measurement => measurement.Scenario))
        {
            table.AddRow(new Markup($"[bold]{Markup.Escape(scenario.Key)}[/]"));
            foreach (var of in scenario.GroupBy(of => of.Contender).SelectMany(of => of))
            {
                table.AddRow(Row(of));
            }
        }

        console.Write(table);
        console.WriteLine(
            "client: the load generator's part of a core, and its CPU for one operation; leader, followers: CPU of the store's processes for one operation, in µs; "
            + "MiB: resident memory of the leader, and of the largest follower.");
        foreach (var store in report.Stores)
        {
            console.WriteLine(store);
        }

        if (report.Ratios.Count > 0)
        {
            Write(console, report.Ratios);
        }
    }

    private static void Write(IAnsiConsole console, IEnumerable<Ratio> ratios)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("", "ratio of", "");
        table.AddColumns([.. RatioColumns.Select(name => new TableColumn(name).RightAligned().NoWrap())]);
        foreach (var ratio in ratios)
        {
            table.AddRow(
                ratio.Scenario, NameOf(ratio.Measure), $"{ratio.Of} / {ratio.To}", Text(ratio.Median, "0.00"), Text(ratio.Min, "0.00"), Text(ratio.Max, "0.00"), $"{ratio.Rounds}");
        }

        console.Write(table);
    }

    private static string[] Row(Measurement of) =>
    [
        $"  {of.Contender}", $"{of.Round}", Text(of.OperationsPerSecond, "N0"), Text(of.Errors, "N0"), Text(of.LatencyMs.P50, "0.00"), Text(of.LatencyMs.P90, "0.00"),
        Text(of.LatencyMs.P99, "0.00"), Text(of.LatencyMs.P999, "0.00"), Text(of.LatencyMs.Max, "0.00"), Text(of.Generator.CpuShare, "P0"), Text(of.Generator.CpuUsPerOperation, "0.0"),
        of.Servers is null ? "" : Text(of.Servers.LeaderCpuUsPerOperation, "0.0"), of.Servers is null ? "" : Text(of.Servers.FollowersCpuUsPerOperation, "0.0"),
        of.Servers is null ? "" : $"{of.Servers.LeaderMemoryMb}, {of.Servers.LargestFollowerMemoryMb}",
    ];

    private static string NameOf(Measure measure) => measure switch
    {
        Measure.OperationsPerSecond => "operations/s",
        Measure.MedianLatency => "median latency",
        _ => "CPU per operation",
    };

    private static string Text(double value, string format) => value.ToString(format, Culture);
}

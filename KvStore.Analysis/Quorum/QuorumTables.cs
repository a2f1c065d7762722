using System.Globalization;
using KvStore.Analysis.Consistency;
using Spectre.Console;

namespace KvStore.Analysis.Quorum;

/// <summary>What a run measured, for the console.</summary>
internal static class QuorumTables
{
    /// <summary>Latencies beside the theory.</summary>
    public static Table Latencies(QuorumRun run)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Latency of a write by its write quorum, in ms");
        foreach (var (name, isRight) in new[]
        {
            ("W", false), ("mean", true), ("median", true), ("p95", true), ("p99", true), ("min", true), ("max", true), ("success", true), ("theory", true),
            ("std errors apart", true), ("overhead", true),
        })
        {
            table.AddColumn(new TableColumn(name) { Alignment = isRight ? Justify.Right : Justify.Left, NoWrap = true });
        }

        foreach (var step in run.Steps)
        {
            var (latency, theoryMs) = (step.Latency, run.Theory.MeanMs(step.WriteQuorum));
            var apart = QuorumVerdict.StandardErrorsApart(latency, theoryMs);
            var colour = QuorumVerdict.Agrees(latency, theoryMs) ? "green" : "red";
            table.AddRow(
                $"{step.WriteQuorum}", $"[bold]{Ms(latency?.Mean)}[/]", Ms(latency?.Median), Ms(latency?.P95), Ms(latency?.P99), Ms(latency?.Min), Ms(latency?.Max),
                string.Create(CultureInfo.InvariantCulture, $"{step.SuccessRate * 100:0.#} %"), Ms(theoryMs),
                $"[{colour}]{apart?.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) ?? "–"}[/]", Ms(step.OverheadMs));
        }

        return table;
    }

    /// <summary>How each follower differed from the leader when the last write of a step had its answer, and when it was identical.</summary>
    public static Table Replicas(QuorumRun run)
    {
        var steps = run.Steps.Where(step => step.Replicas is not null).ToList();
        var table = new Table().Border(TableBorder.Rounded).Title("Keys that differed from the leader's at the last answer; how long until the replica was identical");
        table.AddColumn(new TableColumn("follower").NoWrap());
        table.AddColumns([.. steps.Select(step => $"W={step.WriteQuorum}")]);
        table.AddColumn(new TableColumn(run.IsComplete ? "now" : "then").NoWrap());
        foreach (var (index, replica) in (steps.LastOrDefault()?.Replicas ?? []).Index())
        {
            table.AddRow([replica.Follower, .. steps.Select(step => Describe(step.Replicas![index])), replica.IsIdentical ? "[green]identical[/]" : "[red]differs[/]"]);
        }

        return table;
    }

    private static string Describe(ReplicaComparison replica)
    {
        var first = replica.AtFirst?.ToString() ?? "not listed";
        return replica.IdenticalAfter is { } after
            ? string.Create(CultureInfo.InvariantCulture, $"{first}, {after.TotalSeconds:0.00} s")
            : $"{first}, [red]still {replica.AtLast?.ToString() ?? "different"}[/]";
    }

    private static string Ms(double? milliseconds) => milliseconds?.ToString("0.0", CultureInfo.InvariantCulture) ?? "–";
}

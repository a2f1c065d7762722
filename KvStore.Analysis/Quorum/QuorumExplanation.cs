using System.Globalization;

namespace KvStore.Analysis.Quorum;

/// <summary>Says in words what the plot of a run shows, from that run's numbers.</summary>
internal static class QuorumExplanation
{
    /// <summary>A paragraph.</summary>
    /// <param name="run">A complete run.</param>
    public static string Of(QuorumRun run)
    {
        var steps = run.Steps.Where(step => step.Latency is not null).ToList();
        if (steps.Count < 2)
        {
            return "Too little was measured to say anything.";
        }

        var (first, last) = (steps[0], steps[^1]);
        var n = run.Theory.Followers;
        var apart = steps.Select(step => QuorumVerdict.StandardErrorsApart(step.Latency, run.Theory.MeanMs(step.WriteQuorum)) ?? 0).MaxBy(Math.Abs);
        var overheads = steps.Select(step => step.OverheadMs).OfType<double>().ToList();
        return string.Join(' ', new[]
        {
            Text($"The leader sends each write to all {n} followers at once, to each after a lag of its own between {run.Theory.MinDelayMs:0} and {run.Theory.MaxDelayMs:0} ms, and answers at the W-th confirmation: a write takes as long as the W-th fastest follower."),
            Text($"Waiting for one took {first.Latency!.Mean:0} ms on average, waiting for {last.WriteQuorum} took {last.Latency!.Mean:0} ms, {last.Latency.Mean / first.Latency.Mean:0.0} times as long."),
            Text($"The mean of the W-th smallest of {n} uniform lags grows by (max − min) / (n + 1) = {(run.Theory.MaxDelayMs - run.Theory.MinDelayMs) / (n + 1):0.0} ms with each confirmation; measured were {string.Join(", ", steps.Zip(steps.Skip(1), (a, b) => Text($"{b.Latency!.Mean - a.Latency!.Mean:0}")))} ms, and no mean is further than {Math.Abs(apart):0.0} standard errors from the line."),
            overheads.Count == 0 ? "" : Text($"By the leader's own clock a write took {overheads.Min():0.0} to {overheads.Max():0.0} ms more than the lag drawn for it: that is the store's own work, fsyncs and network."),
            Text($"The tail moves less than the mean: p95 went from {first.Latency.P95:0} to {last.Latency.P95:0} ms, since no lag is longer than {run.Theory.MaxDelayMs:0} ms; waiting for everybody means nearly always waiting for nearly the longest lag."),
            Replicas(first, last),
        }.Where(sentence => sentence.Length > 0));
    }

    private static string Replicas(QuorumStep first, QuorumStep last)
    {
        if (Behind(first) is not { } atFirst || Behind(last) is not { } atLast)
        {
            return "";
        }

        return Text($"What a small quorum saves comes later: when the last write with W={first.WriteQuorum} had its answer, the followers' copies of {atFirst.Keys} keys together were behind, and all were identical {atFirst.Seconds:0.00} s after it; with W={last.WriteQuorum} it was {atLast.Keys} keys and {atLast.Seconds:0.00} s. Until then a read on a follower may be stale, and what only the leader and W followers hold is lost with them.");
    }

    private static (int Keys, double Seconds)? Behind(QuorumStep step) =>
        step.Replicas is { } replicas && replicas.All(replica => replica is { IsIdentical: true, AtFirst: not null })
            ? (replicas.Sum(replica => replica.AtFirst!.Missing.Count + replica.AtFirst.Different.Count), replicas.Max(replica => replica.IdenticalAfter!.Value.TotalSeconds))
            : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

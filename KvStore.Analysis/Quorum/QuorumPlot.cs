using System.Globalization;
using KvStore.Analysis.Output;
using KvStore.Analysis.Statistics;
using ScottPlot;

namespace KvStore.Analysis.Quorum;

/// <summary>Draws quorum against latency: what was measured, with its error bars, and the theory.</summary>
internal static class QuorumPlot
{
    private const int HeightPx = 875;

    /// <summary>Half of a confidence interval of 95 %, in standard errors.</summary>
    private const double Confidence95 = 1.96;

    private static readonly Color MeanColour = Color.FromHex("#0f62ac");
    private static readonly Color P95Colour = Color.FromHex("#c2570c");
    private static readonly Color TheoryColour = Color.FromHex("#5b6570");

    /// <summary>Writes the picture.</summary>
    /// <param name="run">A run with at least one write that succeeded.</param>
    /// <param name="subtitle">What it was made with.</param>
    /// <param name="path">A file, in PNG whatever its name.</param>
    public static void Save(QuorumRun run, string subtitle, string path)
    {
        using var plot = ChartStyle.NewPlot();
        var measured = run.Steps.Select(step => (step.WriteQuorum, step.Latency)).Where(step => step.Latency is not null).Select(step => (step.WriteQuorum, Latency: step.Latency!)).ToList();
        AddTheory(plot, run.Theory);
        AddMeasured(plot, measured);

        var top = Math.Max(run.Theory.PercentileMs(run.Theory.Followers, 0.95), measured.Count == 0 ? 0 : measured.Max(step => step.Latency.P95));
        plot.Axes.SetLimits(0.6, run.Theory.Followers + 0.4, 0, Math.Max(1, top * 1.12));
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. Enumerable.Range(1, run.Theory.Followers).Select(quorum => (double)quorum)],
            [.. Enumerable.Range(1, run.Theory.Followers).Select(quorum => $"W = {quorum}")]);
        ChartStyle.Apply(plot, "What a write quorum costs", subtitle, "write quorum: how many followers confirm before a write is answered", "latency of a write (ms)");
        plot.ShowLegend(Alignment.UpperLeft);
        plot.GetImage(ChartStyle.WidthPx, HeightPx).SavePng(path);
    }

    private static void AddTheory(Plot plot, DelayTheory theory)
    {
        double[] quorums = [.. Enumerable.Range(1, theory.Followers).Select(quorum => (double)quorum)];
        var p95 = plot.Add.ScatterLine(quorums, [.. quorums.Select(quorum => theory.PercentileMs((int)quorum, 0.95))], P95Colour.WithAlpha(0.55));
        (p95.LineWidth, p95.LinePattern, p95.LegendText) = (2, LinePattern.Dashed, "p95, theory");
        var mean = plot.Add.ScatterLine(quorums, [.. quorums.Select(quorum => theory.MeanMs((int)quorum))], TheoryColour);
        (mean.LineWidth, mean.LinePattern, mean.LegendText) = (2.5f, LinePattern.Dashed, "mean, theory: min + (max − min) · W / (n + 1)");
    }

    private static void AddMeasured(Plot plot, List<(int WriteQuorum, Summary Latency)> measured)
    {
        double[] quorums = [.. measured.Select(step => (double)step.WriteQuorum)];
        double[] means = [.. measured.Select(step => step.Latency.Mean)];
        var p95 = plot.Add.ScatterPoints(quorums, [.. measured.Select(step => step.Latency.P95)], P95Colour);
        (p95.MarkerShape, p95.MarkerSize, p95.LegendText) = (MarkerShape.FilledDiamond, 13, "p95, measured");

        var errors = plot.Add.ErrorBar(quorums, means, [.. measured.Select(step => Confidence95 * (step.Latency.StandardError ?? 0))]);
        (errors.Color, errors.LineWidth, errors.CapSize) = (MeanColour, 2.5f, 9);
        var mean = plot.Add.ScatterPoints(quorums, means, MeanColour);
        (mean.MarkerShape, mean.MarkerSize, mean.LegendText) = (MarkerShape.FilledCircle, 13, "mean, measured, with its 95 % confidence interval");
        foreach (var (quorum, value) in quorums.Zip(means))
        {
            var label = plot.Add.Text(value.ToString("0", CultureInfo.InvariantCulture) + " ms", quorum, value);
            (label.LabelFontColor, label.LabelFontSize, label.LabelBold) = (MeanColour, 19, true);
            label.LabelBackgroundColor = Colors.White.WithAlpha(0.75);
            (label.LabelAlignment, label.OffsetX, label.OffsetY) = (Alignment.LowerRight, -14, -4);
        }
    }
}

using KvStore.Analysis.Output;
using ScottPlot;

namespace KvStore.Analysis.Lag;

/// <summary>Draws the lag of each follower over time: in entries, in bytes and in seconds.</summary>
internal static class LagPlot
{
    private const int HeightPx = 1250;
    private const float LeftPx = 110;
    private const double BytesInKilobyte = 1000;

    // Told apart also by those who see no red or no green (Okabe and Ito).
    private static readonly Color[] Colours = [.. new[] { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000" }.Select(Color.FromHex)];

    /// <summary>Writes the picture.</summary>
    /// <param name="run">A run with at least one sample.</param>
    /// <param name="subtitle">What it was made with.</param>
    /// <param name="path">The file.</param>
    public static void Save(LagRun run, string subtitle, string path)
    {
        var multiplot = new Multiplot();
        multiplot.Reset(Panel(run, sample => sample.Entries, "lag (entries)", "Replication lag of each follower", subtitle));
        multiplot.AddPlot(Panel(run, sample => sample.Bytes / BytesInKilobyte, "lag (kB)", null, null));
        multiplot.AddPlot(Panel(run, sample => sample.Seconds, "age of oldest missing entry (s)", null, null, isLast: true));
        multiplot.Render(ChartStyle.WidthPx, HeightPx).SavePng(path);
    }

    private static Plot Panel(LagRun run, Func<LagSample, double> value, string label, string? title, string? subtitle, bool isLast = false)
    {
        var plot = ChartStyle.NewPlot();
        foreach (var (index, follower) in run.Followers.Index())
        {
            var samples = run.Samples.Where(sample => sample.Follower == follower).ToList();
            var line = plot.Add.ScatterLine(
                samples.Select(sample => sample.AfterSeconds).ToArray(), samples.Select(value).ToArray(), Colours[index % Colours.Length]);
            (line.LineWidth, line.LegendText) = (2, follower);
        }

        var top = run.Samples.Max(value);
        plot.Axes.SetLimits(0, Math.Max(0.1, run.Samples[^1].AfterSeconds), 0, top > 0 ? top * (title is null ? 1.1 : 1.3) : 1);
        ChartStyle.Apply(plot, title, subtitle, isLast ? "time since the first write (s)" : "", label);
        plot.Axes.Left.MinimumSize = plot.Axes.Left.MaximumSize = LeftPx; // One scale of time for all.
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.IsVisible = title is not null;
        plot.Legend.Alignment = Alignment.UpperRight;
        return plot;
    }
}

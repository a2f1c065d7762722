using ScottPlot;
using ScottPlot.Panels;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace KvStore.Analysis.Output;

/// <summary>How every plot looks.</summary>
internal static class ChartStyle
{
    /// <summary>Width of a picture.</summary>
    public const int WidthPx = 1400;

    private const int TicksAcrossPxMin = 70;
    private static readonly Color Ink = Color.FromHex("#1f2933");
    private static readonly Color Quiet = Color.FromHex("#52606d");

    // The first of these that is installed; without any, the plotting library takes what it finds.
    private static readonly string[] SansSerif = ["Inter", "Noto Sans", "Liberation Sans", "DejaVu Sans", "Segoe UI", "Helvetica", "Arial"];

    /// <summary>Begins a plot. Its texts have the font that is set now.</summary>
    public static Plot NewPlot()
    {
        if (SansSerif.Intersect(SKFontManager.Default.FontFamilies).FirstOrDefault() is { } font)
        {
            Fonts.Default = font;
        }

        return new Plot();
    }

    /// <summary>Gives a plot its titles, its axes and the look of all.</summary>
    /// <param name="plot">The plot, with all that it shows.</param>
    /// <param name="title">What it shows; null for a plot below another one.</param>
    /// <param name="subtitle">What it was made with.</param>
    /// <param name="xLabel">What goes to the right, with its unit.</param>
    /// <param name="yLabel">What goes up, with its unit.</param>
    public static void Apply(Plot plot, string? title, string? subtitle, string xLabel, string yLabel)
    {
        plot.XLabel(xLabel, size: 20);
        plot.YLabel(yLabel, size: 20);
        plot.Axes.Bottom.TickLabelStyle.FontSize = 18;
        plot.Axes.Left.TickLabelStyle.FontSize = 18;
        plot.Axes.Left.TickGenerator = new NumericAutomatic { MinimumTickSpacing = TicksAcrossPxMin };
        plot.Axes.Color(Ink);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Grid.MajorLineColor = Color.FromHex("#e4e8ec");
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Axes.Right.MinimumSize = 30;
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Legend.FontSize = 18;
        plot.Legend.SymbolWidth = 36;
        plot.Legend.OutlineColor = Color.FromHex("#cbd2d9");
        plot.Legend.ShadowColor = Colors.Transparent;

        // The panel that is added first is the one next to the data.
        AddTitle(plot, subtitle, 19, isBold: false, Quiet);
        AddTitle(plot, title, 28, isBold: true, Ink);
    }

    private static void AddTitle(Plot plot, string? text, float size, bool isBold, Color colour)
    {
        if (text is not null)
        {
            var panel = new TitlePanel { IsVisible = true };
            (panel.Label.Text, panel.Label.FontSize, panel.Label.Bold, panel.Label.ForeColor) = (text, size, isBold, colour);
            plot.Axes.AddPanel(panel);
        }
    }
}

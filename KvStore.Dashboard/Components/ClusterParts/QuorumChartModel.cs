using System.Globalization;
using KvStore.Dashboard.Cluster;

namespace KvStore.Dashboard.Components.ClusterParts;

/// <summary>Where the points of the chart of latency by write quorum lie. The vertical axis begins at 0.</summary>
internal sealed class QuorumChartModel
{
    public const double Width = 520;
    public const double Height = 250;
    public const double Left = 56;
    public const double Right = 12;
    public const double Top = 14;
    public const double Bottom = 46;

    private readonly double _topSeconds;
    private readonly int _followers;

    public QuorumChartModel(LatencyWindow window, int followers)
    {
        _followers = followers;
        Points = [.. Enumerable.Range(1, followers).Select(quorum => new Point(
            quorum,
            LagTheory.MeanSeconds(quorum, followers, window.MinDelayMs, window.MaxDelayMs),
            window.ByQuorum.FirstOrDefault(summary => summary.WriteQuorum == quorum)))];
        var highest = Points.Max(point => Math.Max(point.TheorySeconds, point.Measured?.P95 ?? 0));
        var step = NiceStep(Math.Max(highest, 0.001) * 1.05);
        _topSeconds = Math.Ceiling(Math.Max(highest, 0.001) * 1.05 / step) * step;
        Ticks = [.. Enumerable.Range(0, (int)Math.Round(_topSeconds / step) + 1).Select(i => i * step)];
    }

    /// <summary>One per write quorum.</summary>
    public IReadOnlyList<Point> Points { get; }

    /// <summary>Where the vertical axis has lines, in seconds.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>The theory as a line.</summary>
    public string TheoryPath => "M" + string.Join('L', Points.Select(point => $"{Text(X(point.WriteQuorum))} {Text(Y(point.TheorySeconds))}"));

    public double X(int quorum) => Left + ((Width - Left - Right) * (quorum - 0.5) / _followers);

    public double Y(double seconds) => Height - Bottom - ((Height - Top - Bottom) * Math.Min(seconds, _topSeconds) / _topSeconds);

    /// <summary>A coordinate as SVG wants it.</summary>
    public static string Text(double coordinate) => coordinate.ToString("0.#", CultureInfo.InvariantCulture);

    // 1, 2 or 5 times a power of ten, so that there are three to six lines.
    private static double NiceStep(double highest)
    {
        var rough = highest / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }

    /// <summary>Theory and measurement for one write quorum.</summary>
    /// <param name="WriteQuorum">W.</param>
    /// <param name="TheorySeconds">The mean that the simulated lag alone would make.</param>
    /// <param name="Measured">What was measured; null when there were no writes.</param>
    internal sealed record Point(int WriteQuorum, double TheorySeconds, LatencySummary? Measured);
}

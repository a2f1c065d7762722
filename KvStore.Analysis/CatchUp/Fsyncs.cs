using System.Globalization;

namespace KvStore.Analysis.CatchUp;

/// <summary>Commits of a node, and what their fsyncs took.</summary>
/// <param name="Commits">How many.</param>
/// <param name="Seconds">How long together.</param>
internal sealed record Fsyncs(double Commits, double Seconds)
{
    private const string Metric = "kvstore_commit_fsync_duration_seconds";

    /// <summary>The mean of one, in milliseconds; null when there was none.</summary>
    public double? MeanMs => Commits > 0 ? Seconds * 1000 / Commits : null;

    /// <summary>Reads them from the text of <c>/metrics</c>.</summary>
    public static Fsyncs Read(string metrics) => new(Value(metrics, $"{Metric}_count"), Value(metrics, $"{Metric}_sum"));

    /// <summary>Those between an earlier reading and this one.</summary>
    public Fsyncs Since(Fsyncs before) => new(Commits - before.Commits, Seconds - before.Seconds);

    private static double Value(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}

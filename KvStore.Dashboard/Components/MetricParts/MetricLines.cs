using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>
/// Makes one set of lines of the charts of several resources, and gives each its name and colour: that of the resource it is of, and
/// otherwise one of the palette.
/// </summary>
internal sealed class MetricLines
{
    private const int PaletteSize = 8;
    private const int DashCount = 4;

    private readonly TelemetryResources _known;
    private readonly bool _isSplit;
    private readonly bool _isByResource;

    /// <summary>Makes lines by what a page has chosen.</summary>
    /// <param name="known">For the colours.</param>
    /// <param name="splitBy">The dimension with a line for each value; null for none.</param>
    /// <param name="isByResource">Whether each resource has lines of its own.</param>
    public MetricLines(TelemetryResources known, string? splitBy, bool isByResource)
    {
        (_known, _isSplit, _isByResource) = (known, splitBy is not null, isByResource);
    }

    /// <summary>The lines of all charts.</summary>
    /// <param name="charts">Of one instrument, the newest instance of a resource first.</param>
    public List<LineData> Of(IReadOnlyList<MetricChart> charts)
    {
        // Instances of a resource come one after the other: what the newest does not know, an older one may.
        Dictionary<(string Resource, string Label), (TelemetryResource Resource, double?[] Values)> merged = [];
        foreach (var chart in charts)
        {
            foreach (var line in chart.Lines)
            {
                var key = (chart.Instrument.Resource.Name, line.Label);
                if (!merged.TryGetValue(key, out var known))
                {
                    merged.Add(key, (chart.Instrument.Resource, [.. line.Values]));
                    continue;
                }

                for (var i = 0; i < known.Values.Length; i++)
                {
                    known.Values[i] ??= line.Values[i];
                }
            }
        }

        var labels = merged.Keys.Select(key => key.Label).Distinct().ToList();
        return [.. merged.Select(line => Named(line.Value.Resource, line.Key.Label, labels.IndexOf(line.Key.Label), line.Value.Values))];
    }

    /// <summary>The lines with the greatest values, when there are too many, in their order.</summary>
    public static IReadOnlyList<LineData> Greatest(IReadOnlyList<LineData> lines, int most)
    {
        if (lines.Count <= most)
        {
            return lines;
        }

        var greatest = lines.OrderByDescending(line => line.Values.Max() ?? double.MinValue).Take(most).ToHashSet();
        return [.. lines.Where(greatest.Contains)];
    }

    private LineData Named(TelemetryResource resource, string label, int index, double?[] values)
    {
        // A split histogram's label is "follower1 p99"; the heading says which percentile it is.
        var value = _isSplit && label.LastIndexOf(" p", StringComparison.Ordinal) is > 0 and var at ? label[..at] : label;
        if (_isByResource)
        {
            var name = _isSplit ? $"{resource.Name} · {Word(value)}" : resource.Name;
            return new(name, ResourceColour.Of(resource.Colour), _isSplit ? index % DashCount : 0, values);
        }

        if (_isSplit && _known.Find(value) is { } other)
        {
            return new(value, ResourceColour.Of(other.Colour), 0, values);
        }

        var colour = string.Create(CultureInfo.InvariantCulture, $"var(--series-{index % PaletteSize})");
        return new(_isSplit ? Word(value) : label, colour, index / PaletteSize % DashCount, values);
    }

    private static string Word(string value) => value.Length == 0 ? "(none)" : value;
}

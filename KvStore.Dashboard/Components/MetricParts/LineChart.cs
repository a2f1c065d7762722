using System.Globalization;
using System.Text;
using System.Text.Json;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>A line to draw.</summary>
/// <param name="Label">What it is, for the legend.</param>
/// <param name="Colour">As CSS.</param>
/// <param name="Dash">Which of the dash patterns, from 0, which is none.</param>
/// <param name="Values">One for each time; null where nothing is known.</param>
internal sealed record LineData(string Label, string Colour, int Dash, IReadOnlyList<double?> Values);

/// <summary>A line of a chart, ready to draw.</summary>
/// <param name="Label">What it is, for the legend.</param>
/// <param name="Colour">As CSS.</param>
/// <param name="DashClass">The class of its pattern in the style sheet.</param>
/// <param name="Path">As SVG, in a square of 1,000 by 1,000.</param>
/// <param name="Last">The newest value that is known; null when none is.</param>
public sealed record DrawnLine(string Label, string Colour, string DashClass, string Path, string? Last);

/// <summary>An exemplar in a chart.</summary>
/// <param name="Address">Of its trace.</param>
/// <param name="Title">Value and time.</param>
/// <param name="Style">Where it is.</param>
/// <param name="IsBeyond">Whether it lies above the chart's top, and is drawn there.</param>
public sealed record DrawnExemplar(string Address, string Title, string Style, bool IsBeyond);

/// <summary>Where the lines of a chart lie, and what is written beside them. Immutable.</summary>
public sealed class LineChart
{
    /// <summary>Exemplars that lie higher than this times the lines would press these to the floor.</summary>
    private const double ExemplarHeadroom = 2;

    private readonly IReadOnlyList<LineData> _lines;
    private readonly IReadOnlyList<DateTimeOffset> _times;
    private readonly MetricUnit _unit;

    internal LineChart(string title, MetricUnit unit, IReadOnlyList<DateTimeOffset> times, IReadOnlyList<LineData> lines, IReadOnlyList<MetricExemplar> exemplars)
    {
        (Title, _unit, _times, _lines) = (title, unit, times, lines);
        var known = lines.SelectMany(line => line.Values).OfType<double>().ToList();
        var top = known.Count == 0 ? 0 : known.Max();
        if (exemplars.Count > 0)
        {
            var highest = exemplars.Max(exemplar => exemplar.Value);
            top = Math.Max(top, top > 0 ? Math.Min(highest, top * ExemplarHeadroom) : highest);
        }

        var axis = unit.Axis(known.Count == 0 ? 0 : known.Min(), top);
        IsEmpty = known.Count == 0 && exemplars.Count == 0;
        Marks = axis.Marks;
        Lines = [.. lines.Select(line => new DrawnLine(
            line.Label, line.Colour, $"dash-{line.Dash}", Path(line.Values, axis), line.Values.LastOrDefault(value => value is not null) is { } last ? unit.Format(last) : null))];
        Exemplars = [.. exemplars.Select(exemplar => Draw(exemplar, axis))];
    }

    public string Title { get; }

    /// <summary>Whether there is nothing to draw.</summary>
    public bool IsEmpty { get; }

    /// <summary>Marks of the vertical axis.</summary>
    public IReadOnlyList<AxisMark> Marks { get; }

    /// <summary>Marks of the time axis, in the dashboard's time zone.</summary>
    public IReadOnlyList<AxisMark> TimeMarks => TimeMarksOf(From, _times[^1]);

    public IReadOnlyList<DrawnLine> Lines { get; }

    public IReadOnlyList<DrawnExemplar> Exemplars { get; }

    /// <summary>One sentence for who does not see the lines.</summary>
    public string Summary => $"{Title}, {TimeText(From)} to {TimeText(_times[^1])}. " + string.Join(" ", Lines.Select(line =>
        $"{(line.Label.Length == 0 ? "Now" : line.Label)}: {line.Last ?? "nothing known"}."));

    private TimeSpan Step => _times.Count > 1 ? _times[1] - _times[0] : TimeSpan.FromSeconds(1);

    private DateTimeOffset From => _times[0] - Step;

    /// <summary>Every value as text, the newest time first: the time, and the lines' values in their order.</summary>
    public IEnumerable<IReadOnlyList<string>> Rows()
    {
        for (var i = _times.Count - 1; i >= 0; i--)
        {
            yield return Row(i);
        }
    }

    /// <summary>The same for the script that shows the values under the pointer, oldest first, as JSON.</summary>
    public string Readout() => JsonSerializer.Serialize(new
    {
        lines = Lines.Select(line => new { label = line.Label, colour = line.Colour }),
        rows = Enumerable.Range(0, _times.Count).Select(Row),
    }, JsonSerializerOptions.Web);

    private static string TimeText(DateTimeOffset time) => time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A part of the whole as CSS writes it.</summary>
    internal static string Percent(double part) => (part * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";

    private string[] Row(int at) =>
        [TimeText(_times[at]), .. _lines.Select(line => line.Values[at] is { } value ? _unit.Format(value) : "–")];

    private static string Path(IReadOnlyList<double?> values, ValueAxis axis)
    {
        var path = new StringBuilder();
        var isDrawing = false;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value)
            {
                isDrawing = false;
                continue;
            }

            var at = string.Create(CultureInfo.InvariantCulture, $"{1000.0 * (i + 1) / values.Count:0.#} {1000 * (1 - axis.At(value)):0.#}");
            path.Append(isDrawing ? 'L' : 'M').Append(at);

            // A value between two unknown ones is a line without length, which round ends make a dot.
            if (!isDrawing && (i + 1 == values.Count || values[i + 1] is null))
            {
                path.Append('L').Append(at);
            }

            isDrawing = true;
        }

        return path.ToString();
    }

    private DrawnExemplar Draw(MetricExemplar exemplar, ValueAxis axis)
    {
        var x = (exemplar.At - From) / (_times[^1] - From);
        return new(
            ExemplarLine.AddressOf(exemplar),
            $"{_unit.Format(exemplar.Value)} at {TimeText(exemplar.At)}: open its trace",
            $"left:{Percent(x)};bottom:{Percent(axis.At(exemplar.Value))}",
            exemplar.Value > axis.Most);
    }

    private static List<AxisMark> TimeMarksOf(DateTimeOffset from, DateTimeOffset to)
    {
        var (step, format) = (to - from).TotalMinutes switch
        {
            <= 1.5 => (TimeSpan.FromSeconds(15), "HH:mm:ss"),
            <= 6 => (TimeSpan.FromMinutes(1), "HH:mm"),
            <= 16 => (TimeSpan.FromMinutes(3), "HH:mm"),
            _ => (TimeSpan.FromMinutes(5), "HH:mm"),
        };
        List<AxisMark> marks = [];
        for (var ticks = (from.UtcTicks + step.Ticks - 1) / step.Ticks * step.Ticks; ticks <= to.UtcTicks; ticks += step.Ticks)
        {
            var time = new DateTimeOffset(ticks, TimeSpan.Zero);
            marks.Add(new((time - from) / (to - from), time.ToLocalTime().ToString(format, CultureInfo.InvariantCulture)));
        }

        return marks;
    }
}

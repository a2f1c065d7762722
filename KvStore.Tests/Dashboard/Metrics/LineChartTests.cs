using KvStore.Dashboard.Components.MetricParts;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard.Metrics;

public sealed class LineChartTests
{
    private static readonly DateTimeOffset[] Times = [.. Enumerable.Range(1, 5).Select(i => Make.Noon.AddSeconds(i))];

    [Fact]
    public void Lines_break_where_nothing_is_known_and_a_lonely_value_is_a_dot()
    {
        var chart = Chart([0, 1, null, 1, null]);
        Assert.Equal("M200 1000L400 0M800 0L800 0", chart.Lines[0].Path);
        Assert.Equal("1", chart.Lines[0].Last);
    }

    [Fact]
    public void Every_value_can_be_read_as_text()
    {
        var rows = Chart([0, 1, null, 1, null]).Rows().ToList();
        Assert.Equal(5, rows.Count);
        Assert.Equal(["–", "1", "–", "1", "0"], rows.Select(row => row[1]));
        Assert.Equal(Times[^1].ToLocalTime().ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), rows[0][0]);
    }

    [Fact]
    public void An_exemplar_far_above_the_lines_does_not_press_them_down()
    {
        var chart = Chart([1, 1, 1, 1, 1], Exemplar(100, 1), Exemplar(0.5, 2.5));
        Assert.Equal("2.0", chart.Marks[^1].Text);
        Assert.Equal([true, false], chart.Exemplars.Select(e => e.IsBeyond));
        Assert.Equal(["left:20%;bottom:100%", "left:50%;bottom:25%"], chart.Exemplars.Select(e => e.Style));
    }

    [Fact]
    public void A_chart_without_values_says_so()
    {
        Assert.True(Chart([null, null, null, null, null]).IsEmpty);
        Assert.Contains("nothing known", Chart([null, null, null, null, null]).Summary, StringComparison.Ordinal);
    }

    private static MetricExemplar Exemplar(double value, double seconds) => new(value, Make.Noon.AddSeconds(seconds), Make.TraceId(1), "", []);

    private static LineChart Chart(double?[] values, params MetricExemplar[] exemplars) =>
        new("Value", MetricUnit.Of(""), Times, [new("", "red", 0, values)], exemplars);
}

using KvStore.Dashboard.Components.MetricParts;

namespace KvStore.Tests.Dashboard.Metrics;

public sealed class MetricUnitTests
{
    private static readonly string[] Units = ["s", "ms", "By", "", "%"];

    [Theory]
    [InlineData("s", 0.00312, "3.12 ms")]
    [InlineData("s", 0.0000005, "0.5 µs")]
    [InlineData("s", 0.9999, "1 s")]
    [InlineData("s", 90, "1.5 min")]
    [InlineData("s", 0, "0 ms")]
    [InlineData("ms", 250, "250 ms")]
    [InlineData("By", 41_234_567, "41.2 MB")]
    [InlineData("By", 512, "512 B")]
    [InlineData("%", 12.345, "12.3 %")]
    [InlineData("{entry}", 1204, "1,204")]
    [InlineData("", -3, "-3")]
    [InlineData("Hz", 5, "5 Hz")]
    public void Values_are_written_in_the_unit_that_suits_them(string unit, double value, string text) =>
        Assert.Equal(text, MetricUnit.Of(unit).Format(value));

    [Theory]
    [InlineData("", 5.5, "5.5/s")]
    [InlineData("By", 1_500, "1.5 kB/s")]
    public void Rates_say_that_they_are(string unit, double value, string text) =>
        Assert.Equal(text, MetricUnit.Of(unit, isRate: true).Format(value));

    [Theory]
    [InlineData("s", 0.0, 0.99, "0|200 ms|400 ms|600 ms|800 ms|1,000 ms")]
    [InlineData("s", 0.002, 0.0031, "0|1 ms|2 ms|3 ms|4 ms")]
    [InlineData("By", 0.0, 137e6, "0|50 MB|100 MB|150 MB")]
    [InlineData("", 0.0, 1.01, "0|0.5|1.0|1.5")]
    [InlineData("{entry}", 0.0, 2.0, "0|1|2")]
    [InlineData("", -3.0, 7.0, "-4|-2|0|2|4|6|8")]
    [InlineData("", 0.0, 0.0, "0|0.2|0.4|0.6|0.8|1.0")]
    public void Marks_of_an_axis_are_round_and_include_zero(string unit, double least, double most, string marks) =>
        Assert.Equal(marks, string.Join('|', MetricUnit.Of(unit).Axis(least, most).Marks.Select(mark => mark.Text)));

    [Fact]
    public void An_axis_reaches_over_the_values_for_any_of_them()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        for (var i = 0; i < 2_000; i++)
        {
            var (a, b) = (Math.Pow(10, (random.NextDouble() * 24) - 12) * random.Next(-1, 2), Math.Pow(10, (random.NextDouble() * 24) - 12));
            var unit = MetricUnit.Of(Units[random.Next(Units.Length)]);
            var axis = unit.Axis(Math.Min(a, b), Math.Max(a, b));
            var message = $"seed {Seed}, round {i}: {a} and {b}";
            var invisible = (axis.Most - axis.Least) * 1e-6;
            Assert.True(axis.Least <= Math.Min(0, Math.Min(a, b)) + invisible && axis.Most >= Math.Max(a, b) - invisible, message);
            Assert.True(axis.Marks.Count is >= 2 and <= 8, message);
            Assert.True(axis.Marks[0].At == 0 && axis.Marks[^1].At == 1, message);
        }
    }
}

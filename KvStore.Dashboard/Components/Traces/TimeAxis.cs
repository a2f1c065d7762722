namespace KvStore.Dashboard.Components.Traces;

/// <summary>A mark on the time axis.</summary>
/// <param name="Percent">Where, from 0 to 100.</param>
/// <param name="Text">What it says.</param>
internal sealed record AxisTick(double Percent, string Text);

/// <summary>Puts marks at round numbers on a time axis.</summary>
internal static class TimeAxis
{
    private const int TicksMax = 6;

    /// <summary>Marks from 0 to the last round number within a duration: three to six.</summary>
    public static IReadOnlyList<AxisTick> Ticks(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero)
        {
            return [new(0, DurationText.Of(TimeSpan.Zero))];
        }

        var step = Step(duration.TotalMilliseconds / (TicksMax - 1));
        var ticks = new List<AxisTick>(TicksMax);
        for (var i = 0; i * step <= duration.TotalMilliseconds; i++)
        {
            ticks.Add(new(100 * i * step / duration.TotalMilliseconds, DurationText.Of(TimeSpan.FromMilliseconds(i * step))));
        }

        return ticks;
    }

    // The least of 1, 2 and 5, times a power of ten, that is not below a number.
    private static double Step(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return (least / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }
}

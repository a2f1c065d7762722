using System.Globalization;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>Durations as a person reads them.</summary>
internal static class DurationText
{
    /// <summary>Three digits at most: <c>85 µs</c>, <c>3.1 ms</c>, <c>412 ms</c>, <c>1.23 s</c>, <c>2 min 5 s</c>.</summary>
    public static string Of(TimeSpan duration)
    {
        var ms = duration.TotalMilliseconds;
        return Math.Abs(ms) switch
        {
            0 => "0 ms",
            < 0.9995 => Text(ms * 1000, "0", "µs"),
            < 9.95 => Text(ms, "0.#", "ms"),
            < 999.5 => Text(ms, "0", "ms"),
            < 9_995 => Text(ms / 1000, "0.##", "s"),
            < 59_950 => Text(ms / 1000, "0.#", "s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(long)(duration.TotalSeconds / 60)} min {Math.Abs((long)duration.TotalSeconds % 60)} s"),
        };
    }

    /// <summary>A number for CSS: a percentage with enough digits for a wide screen.</summary>
    public static string Percent(double percent) => percent.ToString("0.###", CultureInfo.InvariantCulture) + "%";

    private static string Text(double value, string format, string unit) => value.ToString(format, CultureInfo.InvariantCulture) + " " + unit;
}

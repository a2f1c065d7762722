namespace KvStore.Dashboard.Components.Traces;

/// <summary>A follower's line in the picture of a slow write.</summary>
/// <param name="Name">The follower.</param>
/// <param name="Colour">Which colour of the palette.</param>
/// <param name="Lag">The end of the simulated lag, in percent of the scale.</param>
/// <param name="Confirmed">The confirmation, in percent of the scale; null when there was none.</param>
/// <param name="IsWaitedFor">Whether the answer waited for it.</param>
internal sealed record StripLine(string Name, int Colour, double Lag, double? Confirmed, bool IsWaitedFor);

/// <summary>A slow write as a picture: for each follower what was lag and when it confirmed, and when the answer was given.</summary>
internal sealed class StripPlot
{
    /// <summary>Draws a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="scale">The time that the whole width stands for.</param>
    /// <param name="colourOf">The colour of a follower.</param>
    public StripPlot(SlowestWrite write, TimeSpan scale, Func<string, int> colourOf)
    {
        Answered = Percent(write.Latency, scale);
        IsAnsweredBeyond = write.Latency > scale;
        Lines = [.. write.Followers.Select(f => new StripLine(
            f.Name, colourOf(f.Name), Percent(f.Lag, scale), f.ConfirmedAfter is { } at ? Percent(at, scale) : null, f.Name == write.WaitedFor))];
        Text = string.Join("; ", write.Followers.Select(f =>
            $"{f.Name}: {DurationText.Of(f.Lag)} lag, {(f.ConfirmedAfter is { } at ? $"confirmed after {DurationText.Of(at)}" : "not confirmed")}"));
    }

    /// <summary>When the answer was given, in percent of the scale.</summary>
    public double Answered { get; }

    /// <summary>Whether that was beyond the scale.</summary>
    public bool IsAnsweredBeyond { get; }

    /// <summary>A line for each follower.</summary>
    public IReadOnlyList<StripLine> Lines { get; }

    /// <summary>The picture in words.</summary>
    public string Text { get; }

    /// <summary>
    /// One scale for all writes of a table, so that they can be compared. Those that succeeded fit on it: one that ran into its time
    /// limit would press all others against the left edge.
    /// </summary>
    public static TimeSpan ScaleOf(IReadOnlyList<SlowestWrite> writes) => writes
        .Where(w => w.Outcome == "success" || writes.All(other => other.Outcome != "success"))
        .SelectMany(w => w.Followers.Select(f => f.Lag).Append(w.Latency))
        .DefaultIfEmpty(TimeSpan.Zero).Max() * 1.1;

    private static double Percent(TimeSpan at, TimeSpan scale) => scale > TimeSpan.Zero ? Math.Clamp(100 * (at / scale), 0, 100) : 0;
}

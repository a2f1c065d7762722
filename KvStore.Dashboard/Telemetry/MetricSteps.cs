namespace KvStore.Dashboard.Telemetry;

/// <summary>A window of time cut into equal steps. Times are UTC ticks.</summary>
/// <param name="From">The beginning of the first step.</param>
/// <param name="Length">Of a step.</param>
/// <param name="Count">Of steps.</param>
internal readonly record struct MetricSteps(long From, long Length, int Count)
{
    /// <summary>The end of the last step.</summary>
    public long To => From + (Length * Count);

    /// <summary>The steps of a query. Without an end they end at a multiple of their length, so that a chart that moves on does not change what it has shown.</summary>
    public static MetricSteps Of(DateTimeOffset? until, TimeSpan window, int count, DateTimeOffset now)
    {
        var length = Math.Max(1, window.Ticks / count);
        var to = until?.UtcTicks ?? (now.UtcTicks + length - 1) / length * length;
        return new(to - (length * count), length, count);
    }

    /// <summary>Whether a time is within.</summary>
    public bool Contains(DateTimeOffset at) => at.UtcTicks > From && at.UtcTicks <= To;

    /// <summary>The end of a step.</summary>
    public long End(int step) => From + (Length * (step + 1));

    /// <summary>The ends of all steps.</summary>
    public DateTimeOffset[] Ends()
    {
        var ends = new DateTimeOffset[Count];
        for (var i = 0; i < Count; i++)
        {
            ends[i] = new(End(i), TimeSpan.Zero);
        }

        return ends;
    }

    /// <summary>Spreads an amount evenly over a time, and adds to each step its part; to the step at its end all of it, when the time is none.</summary>
    public void Spread(long from, long to, double amount, Action<int, double> add)
    {
        if (to <= from)
        {
            if (to > From && to <= To)
            {
                add((int)((to - From - 1) / Length), amount);
            }

            return;
        }

        var (first, last) = (Math.Max(from, From), Math.Min(to, To));
        while (first < last)
        {
            var step = (int)((first - From) / Length);
            var end = Math.Min(End(step), last);
            add(step, amount * ((end - first) / (double)(to - from)));
            first = end;
        }
    }
}

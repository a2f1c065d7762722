namespace KvStore.Dashboard.Cluster;

/// <summary>
/// The leader's counters of the last minutes, one reading per second. What happened in a stretch of time is the difference of two
/// readings, and only readings of one leader process with the same simulated lag are compared: a change of either begins a new story.
/// </summary>
public sealed class LatencyHistory
{
    /// <summary>How far back it reaches.</summary>
    public static readonly TimeSpan Reach = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<Reading> _readings = [];

    /// <summary>Takes a reading in.</summary>
    /// <param name="at">When it was made.</param>
    /// <param name="epoch">The leader's epoch: its counters start with it.</param>
    /// <param name="writes">The counters.</param>
    public void Add(DateTimeOffset at, long epoch, WritesInfo writes)
    {
        lock (_lock)
        {
            var reading = new Reading(at, epoch, writes);
            if (_readings.Count > 0 && !reading.Continues(_readings[^1]))
            {
                _readings.Clear();
            }

            // The newest reading moves along until it is a second away from the one before.
            if (_readings.Count > 1 && at - _readings[^2].At < Spacing)
            {
                _readings[^1] = reading;
            }
            else
            {
                _readings.Add(reading);
            }

            // One reading older than the reach stays, to count from.
            while (_readings.Count > 1 && at - _readings[1].At >= Reach)
            {
                _readings.RemoveAt(0);
            }
        }
    }

    /// <summary>The writes of the last <paramref name="stretch"/>, one summary per write quorum that had any.</summary>
    public LatencyWindow Over(TimeSpan stretch)
    {
        lock (_lock)
        {
            if (_readings.Count == 0)
            {
                return LatencyWindow.Empty;
            }

            var last = _readings[^1];
            var first = _readings.FindLast(reading => last.At - reading.At >= stretch) ?? _readings[0];
            var summaries = last.Writes.Latency
                .Select(later => LatencySummary.Between(first.Counter(later.WriteQuorum), later))
                .OfType<LatencySummary>()
                .OrderBy(summary => summary.WriteQuorum);
            return new(first.At, last.At, last.Writes.MinDelayMs, last.Writes.MaxDelayMs, last.Writes.Writes - first.Writes.Writes, [.. summaries]);
        }
    }

    private sealed record Reading(DateTimeOffset At, long Epoch, WritesInfo Writes)
    {
        public bool Continues(Reading earlier) =>
            Epoch == earlier.Epoch && Writes.Writes >= earlier.Writes.Writes
            && Writes.MinDelayMs == earlier.Writes.MinDelayMs && Writes.MaxDelayMs == earlier.Writes.MaxDelayMs;

        public LatencyCounter? Counter(int writeQuorum) => Writes.Latency.FirstOrDefault(counter => counter.WriteQuorum == writeQuorum);
    }
}

/// <summary>The writes of a stretch of time in which the simulated lag was one and the same.</summary>
/// <param name="Writes">All writes answered, successful or not.</param>
/// <param name="ByQuorum">The successful ones, by W.</param>
public sealed record LatencyWindow(
    DateTimeOffset From, DateTimeOffset To, int MinDelayMs, int MaxDelayMs, long Writes, IReadOnlyList<LatencySummary> ByQuorum)
{
    /// <summary>Nothing is known.</summary>
    public static readonly LatencyWindow Empty = new(default, default, 0, 0, 0, []);

    /// <summary>Writes answered per second; null when the stretch has no length.</summary>
    public double? WritesPerSecond => To > From ? Writes / (To - From).TotalSeconds : null;
}

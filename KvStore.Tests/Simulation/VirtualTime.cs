namespace KvStore.Tests.Simulation;

/// <summary>A clock that stands still between events, and the queue of what is to happen when.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private long _order;

    /// <summary>The time since the beginning.</summary>
    public TimeSpan Now { get; private set; }

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override long GetTimestamp() => Now.Ticks;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + Now;

    /// <summary>Does something after a pause.</summary>
    public void After(TimeSpan pause, Action action) => _events.Enqueue(action, (Now + pause, _order++));

    /// <summary>Does what comes next.</summary>
    /// <returns>False when nothing is left before <paramref name="end"/>; the time is then <paramref name="end"/>.</returns>
    public bool Step(TimeSpan end)
    {
        if (!_events.TryPeek(out _, out var next) || next.At > end)
        {
            Now = end;
            return false;
        }

        var action = _events.Dequeue();
        Now = next.At;
        action();
        return true;
    }
}

using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>One send of a write to one follower: how much of it was simulated lag, how much waiting beyond that, how much work.</summary>
/// <param name="Span">The span.</param>
/// <param name="Follower">To whom.</param>
/// <param name="Number">1 for the first attempt.</param>
/// <param name="BatchKind"><c>fresh</c>, <c>retry</c>, <c>catch_up</c>; empty when the node did not say.</param>
/// <param name="Lag">The simulated lag.</param>
/// <param name="Waiting">From the end of the lag until it was sent: the lane had other work, or its follower did not answer.</param>
/// <param name="Sending">From then to the answer: the network, and the follower's fsync.</param>
/// <param name="IsConfirmed">Whether the follower has confirmed.</param>
internal sealed record ReplicateAttempt(
    SpanRecord Span, string Follower, int Number, string BatchKind, TimeSpan Lag, TimeSpan Waiting, TimeSpan Sending, bool IsConfirmed)
{
    /// <summary>A wait below this is the scheduler's, and belongs to the work: not worth a part of its own.</summary>
    private static readonly TimeSpan WaitMin = TimeSpan.FromMilliseconds(5);

    /// <summary>Reads an attempt from its span.</summary>
    /// <returns>Null when it is another kind of span.</returns>
    public static ReplicateAttempt? Of(SpanRecord span)
    {
        if (!span.Name.StartsWith(WriteAttributes.ReplicateSpan, StringComparison.Ordinal))
        {
            return null;
        }

        var follower = span.Attribute(WriteAttributes.Follower) ?? span.Name[WriteAttributes.ReplicateSpan.Length..];
        var number = int.TryParse(span.Attribute(WriteAttributes.Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1;
        var (lag, waiting) = Split(span);
        var result = span.Attribute(WriteAttributes.Result);
        return new(
            span, follower, number, span.Attribute(WriteAttributes.BatchKind) ?? "", lag, waiting, span.Duration - lag - waiting,
            span.Status != SpanStatus.Error && result is null or "confirmed");
    }

    private static (TimeSpan Lag, TimeSpan Waiting) Split(SpanRecord span)
    {
        TimeSpan? drawn = double.TryParse(span.Attribute(WriteAttributes.LagMs), NumberStyles.Float, CultureInfo.InvariantCulture, out var ms) && ms >= 0
            ? TimeSpan.FromMilliseconds(Math.Min(ms, span.Duration.TotalMilliseconds))
            : null;
        TimeSpan? sent = null;
        foreach (var e in span.Events)
        {
            if (e.Name == WriteAttributes.SendEvent)
            {
                sent = Within(e.At - span.Start, span.Duration);
            }
        }

        // Without the event all beyond the lag counts as work; without the lag's length, the event says where it ended.
        var lag = sent is { } at ? (drawn < at ? drawn.Value : at) : drawn ?? TimeSpan.Zero;
        var waiting = (sent ?? lag) - lag;
        return (lag, waiting < WaitMin ? TimeSpan.Zero : waiting);
    }

    private static TimeSpan Within(TimeSpan value, TimeSpan max) => value < TimeSpan.Zero ? TimeSpan.Zero : value > max ? max : value;
}

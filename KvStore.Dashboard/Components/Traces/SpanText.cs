using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>Spans in words: for those who hear the waterfall instead of seeing it, and for the details.</summary>
internal static class SpanText
{
    /// <summary>All that the row's bar shows, as one phrase.</summary>
    public static string AccessibleName(WaterfallRow row)
    {
        var span = row.Span;
        string?[] parts =
        [
            $"{span.Name} on {span.Resource.Name}",
            row.Place.Parent is { } parent ? $"under {parent.Span.Name}" : null,
            $"from {DurationText.Of(row.Offset)}",
            $"took {DurationText.Of(span.Duration)}",
            row.Attempt is { } attempt ? Split(attempt) : null,
            row.AfterAnswer is { } after ? $"{Ended(row)} {DurationText.Of(after)} after the answer" : null,
            row.HasError ? Failure(span) : null,
        ];
        return string.Join(", ", parts.Where(p => p is not null));
    }

    /// <summary>The parts of a send: <c>400 ms simulated lag, 5 ms sending</c>.</summary>
    public static string Split(ReplicateAttempt attempt)
    {
        string?[] parts =
        [
            attempt.Number > 1 ? $"attempt {attempt.Number}" : null,
            attempt.Lag > TimeSpan.Zero ? $"{DurationText.Of(attempt.Lag)} simulated lag" : null,
            attempt.Waiting > TimeSpan.Zero ? $"{DurationText.Of(attempt.Waiting)} waiting to be sent" : null,
            $"{DurationText.Of(attempt.Sending)} sending",
        ];
        return string.Join(", ", parts.Where(p => p is not null));
    }

    /// <summary>What stands beside the bar: the duration, and of a send that went wrong or again that it did.</summary>
    public static string BarLabel(WaterfallRow row) => row switch
    {
        { HasError: true, Attempt: { } failed } => $"{DurationText.Of(row.Span.Duration)}, attempt {failed.Number} failed",
        { HasError: true } => $"{DurationText.Of(row.Span.Duration)}, failed",
        { Attempt: { Number: > 1 } again } => $"{DurationText.Of(row.Span.Duration)}, attempt {again.Number}",
        _ => DurationText.Of(row.Span.Duration),
    };

    /// <summary>Why a span failed.</summary>
    public static string Failure(SpanRecord span) => span.StatusMessage.Length > 0 ? $"failed: {span.StatusMessage}" : "failed";

    private static string Ended(WaterfallRow row) => row.Attempt is { IsConfirmed: true } ? "confirmed" : "ended";
}

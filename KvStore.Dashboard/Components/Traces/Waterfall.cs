using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>What a part of a span's bar stands for.</summary>
internal enum BarKind
{
    /// <summary>Something was done.</summary>
    Work,

    /// <summary>The simulated lag.</summary>
    Lag,

    /// <summary>The lag was over, and it was not sent yet.</summary>
    Waiting,
}

/// <summary>A part of a span's bar.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Left">Where it begins, in percent of the axis.</param>
/// <param name="Width">How long it is, in percent of the axis.</param>
/// <param name="IsAfterAnswer">Whether the client had its answer already.</param>
internal sealed record BarPart(BarKind Kind, double Left, double Width, bool IsAfterAnswer);

/// <summary>A vertical line across the waterfall.</summary>
/// <param name="Percent">Where, in percent of the axis.</param>
/// <param name="Text">What it stands for.</param>
/// <param name="IsQuorum">Whether the quorum was reached there; otherwise the answer was given.</param>
internal sealed record WaterfallLine(double Percent, string Text, bool IsQuorum);

/// <summary>A row of the waterfall.</summary>
/// <param name="Place">The span in its place.</param>
/// <param name="Attempt">What it was as a send; null for another span.</param>
/// <param name="Offset">When it began, from the axis' beginning.</param>
/// <param name="Parts">Its bar, from left to right; at least one.</param>
/// <param name="AfterAnswer">How long after the answer it ended; null when it ended before, or when there is no answer to compare with.</param>
internal sealed record WaterfallRow(SpanPlace Place, ReplicateAttempt? Attempt, TimeSpan Offset, IReadOnlyList<BarPart> Parts, TimeSpan? AfterAnswer)
{
    /// <summary>The span.</summary>
    public SpanRecord Span => Place.Span;

    /// <summary>Whether it has failed.</summary>
    public bool HasError => Span.Status == SpanStatus.Error;

    /// <summary>Where the bar begins, in percent of the axis.</summary>
    public double Left => Parts[0].Left;

    /// <summary>Where the bar ends, in percent of the axis.</summary>
    public double Right => Parts[^1].Left + Parts[^1].Width;
}

/// <summary>A trace laid out over its time axis. Immutable, like the trace as it stood.</summary>
/// <remarks>Public because components are, and take it as a parameter.</remarks>
public sealed class Waterfall
{
    /// <summary>Answers that come with the quorum need no line of their own.</summary>
    private static readonly double LinesApartMin = 0.4;

    /// <summary>In a trace of many writes, lines would be all that one sees.</summary>
    private const int WritesWithLinesMax = 3;

    private readonly DateTimeOffset _start;

    /// <summary>Lays out a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="followersKnown">How many followers the cluster has; 0 when that is not known.</param>
    internal Waterfall(Trace trace, int followersKnown)
    {
        Trace = trace;
        Writes = WriteTrace.AllOf(trace);
        var places = SpanTree.Build(trace.Spans);
        _start = places.Min(p => p.Start);
        Duration = places.Max(p => p.End) - _start;
        Ticks = TimeAxis.Ticks(Duration);

        var shifts = places.ToDictionary(p => p.Span.SpanKey, p => p.Shift);
        var writes = Writes.ToDictionary(w => w.Key);
        Rows = [.. places.Select(p => RowOf(p, WriteOf(p, writes), shifts))];
        Lines = Writes.Count > WritesWithLinesMax ? [] : [.. Writes.SelectMany(w => LinesOf(w, followersKnown, shifts.GetValueOrDefault(w.Key)))];
    }

    /// <summary>The trace.</summary>
    internal Trace Trace { get; }

    /// <summary>The writes in it.</summary>
    internal IReadOnlyList<WriteTrace> Writes { get; }

    /// <summary>From the first beginning to the last end, by one clock.</summary>
    internal TimeSpan Duration { get; }

    /// <summary>The marks on the axis.</summary>
    internal IReadOnlyList<AxisTick> Ticks { get; }

    /// <summary>The lines at the quorum and at the answer, from left to right for each write.</summary>
    internal IReadOnlyList<WaterfallLine> Lines { get; }

    /// <summary>All spans, each after its parent, orphans last.</summary>
    internal IReadOnlyList<WaterfallRow> Rows { get; }

    /// <summary>The largest difference between two processes' clocks that shows; zero when none does.</summary>
    internal TimeSpan ClockDifference => Rows.Max(r => r.Place.Shift);

    /// <summary>The rows that are not under a collapsed one.</summary>
    /// <param name="collapsed">Ids of collapsed spans.</param>
    internal IEnumerable<WaterfallRow> Visible(IReadOnlySet<ulong> collapsed)
    {
        var hiddenBelow = int.MaxValue;
        foreach (var row in Rows)
        {
            if (row.Place.Depth > hiddenBelow)
            {
                continue;
            }

            hiddenBelow = collapsed.Contains(row.Span.SpanKey) ? row.Place.Depth : int.MaxValue;
            yield return row;
        }
    }

    private static WriteTrace? WriteOf(SpanPlace place, Dictionary<ulong, WriteTrace> writes)
    {
        for (var at = place; at is not null; at = at.Parent)
        {
            if (writes.TryGetValue(at.Span.SpanKey, out var write) || (at.Parent is null && writes.TryGetValue(at.Span.ParentKey, out write)))
            {
                return write;
            }
        }

        return null;
    }

    private WaterfallRow RowOf(SpanPlace place, WriteTrace? write, Dictionary<ulong, TimeSpan> shifts)
    {
        var attempt = ReplicateAttempt.Of(place.Span);
        var answeredAt = write?.AnsweredAt + shifts.GetValueOrDefault(write?.Key ?? 0);
        (BarKind Kind, TimeSpan Length)[] pieces = attempt is null
            ? [(BarKind.Work, place.Span.Duration)]
            : [(BarKind.Lag, attempt.Lag), (BarKind.Waiting, attempt.Waiting), (BarKind.Work, attempt.Sending)];
        var parts = new List<BarPart>(4);
        var at = place.Start;
        foreach (var (kind, length) in pieces)
        {
            var end = at + length;
            if (length == TimeSpan.Zero && (kind != BarKind.Work || parts.Count > 0))
            {
                continue;
            }

            if (answeredAt is { } answer && at < answer && answer < end)
            {
                parts.Add(Part(kind, at, answer, isAfter: false));
                at = answer;
            }

            parts.Add(Part(kind, at, end, isAfter: answeredAt <= at && place.Span.SpanKey != write?.Key));
            at = end;
        }

        var after = place.End - answeredAt;
        return new(place, attempt, place.Start - _start, parts, after > TimeSpan.Zero ? after : null);
    }

    private BarPart Part(BarKind kind, DateTimeOffset from, DateTimeOffset to, bool isAfter) =>
        new(kind, Percent(from - _start), Percent(to - from), isAfter);

    private IEnumerable<WaterfallLine> LinesOf(WriteTrace write, int followersKnown, TimeSpan shift)
    {
        var answered = write.AnsweredAt is { } at ? (at + shift - _start, Percent(at + shift - _start)) : ((TimeSpan, double)?)null;
        if (write.Quorum is { } quorum)
        {
            var offset = quorum.At + shift - _start;
            var of = Math.Max(followersKnown, write.Followers.Count);
            var by = quorum.Follower is null ? "" : $", by {quorum.Follower}";
            var percent = Percent(offset);
            yield return new(percent, $"quorum {quorum.Confirmations} of {of} at {DurationText.Of(offset)}{by}", IsQuorum: true);
            if (answered is { } later && Math.Abs(later.Item2 - percent) >= LinesApartMin)
            {
                yield return new(later.Item2, $"answered at {DurationText.Of(later.Item1)}", IsQuorum: false);
            }
        }
        else if (answered is { } only)
        {
            var what = write.Outcome is null or "success" ? "answered" : $"answered \u201c{write.Outcome}\u201d";
            yield return new(only.Item2, $"{what} at {DurationText.Of(only.Item1)}", IsQuorum: false);
        }
    }

    private double Percent(TimeSpan offset) => Duration > TimeSpan.Zero ? Math.Clamp(100 * (offset / Duration), 0, 100) : 0;
}

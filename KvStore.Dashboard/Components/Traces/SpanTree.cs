using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>A span in its place.</summary>
/// <param name="Span">The span.</param>
/// <param name="Parent">What it stands under; null at the top.</param>
/// <param name="Depth">0 at the top.</param>
/// <param name="Children">How many stand under it directly.</param>
/// <param name="IsOrphan">Whether it, or what it stands under, names a parent that is not there.</param>
/// <param name="Shift">How much later than it says it is drawn, because its clock differs from its parent's.</param>
internal sealed record SpanPlace(SpanRecord Span, SpanPlace? Parent, int Depth, int Children, bool IsOrphan, TimeSpan Shift)
{
    /// <summary>When it began, by its parent's clock.</summary>
    public DateTimeOffset Start => Span.Start + Shift;

    /// <summary>When it ended, by its parent's clock.</summary>
    public DateTimeOffset End => Span.End + Shift;
}

/// <summary>Puts the spans of a trace in the order of a waterfall.</summary>
/// <remarks>
/// A child cannot begin before its parent, so one that says so comes from a process whose clock is behind: it is drawn at its parent's
/// beginning, and what stands under it in the same process moves with it. A clock that is ahead cannot be told from a slow network.
/// </remarks>
internal static class SpanTree
{
    /// <summary>Every span once, each after its parent; first what hangs under roots, then orphans with what hangs under them.</summary>
    public static IReadOnlyList<SpanPlace> Build(IReadOnlyList<SpanRecord> spans)
    {
        var known = spans.Select(s => s.SpanKey).ToHashSet();
        var children = spans.ToLookup(s => s.ParentKey);
        var places = new List<SpanPlace>(spans.Count);
        var placed = new HashSet<ulong>();
        Place(InOrder(children[0]), isOrphan: false);
        Place(InOrder(spans.Where(s => s.ParentKey != 0 && !known.Contains(s.ParentKey))), isOrphan: true);

        // What is left names one another as parents, which no honest sender does; it is shown all the same.
        foreach (var span in InOrder(spans))
        {
            Place([span], isOrphan: true);
        }

        return places;

        // With a stack of its own: a trace may be as deep as it has spans.
        void Place(IEnumerable<SpanRecord> tops, bool isOrphan)
        {
            var stack = new Stack<(SpanRecord Span, SpanPlace? Parent)>(tops.Reverse().Select(s => (s, (SpanPlace?)null)));
            while (stack.TryPop(out var next))
            {
                if (!placed.Add(next.Span.SpanKey))
                {
                    continue;
                }

                var below = InOrder(children[next.Span.SpanKey]).ToArray();
                var depth = next.Parent is null ? 0 : next.Parent.Depth + 1;
                var place = new SpanPlace(next.Span, next.Parent, depth, below.Length, isOrphan, ShiftOf(next.Span, next.Parent));
                places.Add(place);
                foreach (var child in below.Reverse())
                {
                    stack.Push((child, place));
                }
            }
        }
    }

    // By start; what begins together, as the sends of one write do, by name, so that follower1 stands before follower2 however long each took.
    private static IEnumerable<SpanRecord> InOrder(IEnumerable<SpanRecord> spans) => spans
        .OrderBy(s => s.Start).ThenBy(s => s.Name.Length).ThenBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.End);

    private static TimeSpan ShiftOf(SpanRecord span, SpanPlace? parent)
    {
        if (parent is null)
        {
            return TimeSpan.Zero;
        }

        if (ReferenceEquals(span.Resource, parent.Span.Resource))
        {
            return parent.Shift;
        }

        var earliest = parent.Start;
        foreach (var e in parent.Span.Events)
        {
            // Nobody applies what has not been sent.
            if (e.Name == WriteAttributes.SendEvent && e.At + parent.Shift > earliest)
            {
                earliest = e.At + parent.Shift;
            }
        }

        return span.Start < earliest ? earliest - span.Start : TimeSpan.Zero;
    }
}

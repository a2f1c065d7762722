namespace KvStore.Dashboard.Telemetry;

/// <summary>Puts the spans of a trace in the order of a waterfall.</summary>
internal static class TraceTree
{
    /// <summary>Every span once, each after its parent. Spans that are one another's ancestors, which no honest sender makes, begin at the earliest of them.</summary>
    /// <param name="spans">Sorted by start, each id once.</param>
    public static IReadOnlyList<TraceNode> Build(IReadOnlyList<SpanRecord> spans)
    {
        var known = spans.Select(s => s.SpanKey).ToHashSet();
        var children = spans.ToLookup(s => s.ParentKey);
        var nodes = new List<TraceNode>(spans.Count);
        var placed = new HashSet<ulong>();
        foreach (var root in spans.Where(s => !known.Contains(s.ParentKey)))
        {
            Place(root);
        }

        foreach (var rest in spans)
        {
            Place(rest);
        }

        return nodes;

        // With a stack of its own: a trace may be as deep as it has spans.
        void Place(SpanRecord top)
        {
            var stack = new Stack<(SpanRecord Span, int Depth)>();
            stack.Push((top, 0));
            while (stack.TryPop(out var next))
            {
                if (!placed.Add(next.Span.SpanKey))
                {
                    continue;
                }

                var below = children[next.Span.SpanKey];
                var isOrphan = next.Span.ParentKey != 0 && !known.Contains(next.Span.ParentKey);
                nodes.Add(new(next.Span, next.Depth, below.Count(), isOrphan));
                foreach (var child in below.Reverse())
                {
                    stack.Push((child, next.Depth + 1));
                }
            }
        }
    }
}

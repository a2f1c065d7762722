namespace KvStore.Dashboard.Telemetry;

/// <summary>Picks and sorts traces for a list, without the store's lock.</summary>
internal static class TraceFilter
{
    /// <summary>The lines of the traces that meet all conditions, in the query's order.</summary>
    public static List<TraceSummary> Apply(ReadOnlySpan<TraceEntry> entries, TraceQuery query)
    {
        var text = TextFilter.Of(query.Text);
        var name = TextFilter.Of(query.Name);
        var matches = new List<TraceSummary>(text is null && name is null ? entries.Length : 64);
        foreach (var entry in entries)
        {
            var summary = entry.Summary();
            if (Matches(summary, query)
                && name?.Matches(summary.Name) != false
                && (text is null || text.Matches(summary.Name) || text.Matches(summary.TraceId) || Matches(entry.Spans, text)))
            {
                matches.Add(summary);
            }
        }

        Sort(matches, query);
        return matches;
    }

    private static bool Matches(TraceSummary trace, TraceQuery query) =>
        trace.Duration >= query.MinDuration
        && query.Status switch
        {
            TraceStatusFilter.Error => trace.HasError,
            TraceStatusFilter.Ok => !trace.HasError,
            _ => true,
        }
        && (query.Resource is null || Has(trace.Resources, query.Resource));

    private static bool Has(IReadOnlyList<ResourceSpanCount> resources, string name)
    {
        for (var i = 0; i < resources.Count; i++)
        {
            if (resources[i].Resource.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(ReadOnlySpan<SpanRecord> spans, TextFilter text)
    {
        foreach (var span in spans)
        {
            if (text.Matches(span.Name) || text.Matches(span.StatusMessage) || text.Matches(span.Attributes) || Matches(span.Events, text))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(IReadOnlyList<SpanEvent> events, TextFilter text)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (text.Matches(events[i].Name) || text.Matches(events[i].Attributes))
            {
                return true;
            }
        }

        return false;
    }

    private static void Sort(List<TraceSummary> traces, TraceQuery query)
    {
        var sign = query.Descending ? -1 : 1;
        Comparison<TraceSummary> byKey = query.SortBy switch
        {
            TraceSort.Duration => (a, b) => a.Duration.CompareTo(b.Duration),
            TraceSort.RootDuration => (a, b) => a.RootDuration.CompareTo(b.RootDuration),
            TraceSort.Name => (a, b) => string.CompareOrdinal(a.Name, b.Name),
            _ => (a, b) => a.Start.CompareTo(b.Start),
        };

        // Equal ones by their start, newest first, and then by id, so that a page does not reshuffle itself.
        traces.Sort((a, b) => sign * byKey(a, b) is var order and not 0 ? order
            : b.Start.CompareTo(a.Start) is var later and not 0 ? later
            : string.CompareOrdinal(a.TraceId, b.TraceId));
    }
}

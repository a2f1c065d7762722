namespace KvStore.Dashboard.Telemetry;

/// <summary>Makes the line that stands for a trace in a list.</summary>
internal static class TraceSummaries
{
    /// <summary>Sums up a trace.</summary>
    /// <param name="key">Its id.</param>
    /// <param name="spans">At least one, in any order.</param>
    public static TraceSummary Of(UInt128 key, ReadOnlySpan<SpanRecord> spans)
    {
        SpanRecord? root = null;
        var first = spans[0];
        var end = first.End;
        var hasError = false;
        var resources = new List<(ResourceSpanCount Count, DateTimeOffset Start)>(6);
        foreach (var span in spans)
        {
            first = span.Start < first.Start ? span : first;
            end = span.End > end ? span.End : end;
            hasError |= span.Status == SpanStatus.Error;
            if (span.ParentKey == 0 && (root is null || span.Start < root.Start))
            {
                root = span;
            }

            Count(resources, span);
        }

        resources.Sort((a, b) => a.Start.CompareTo(b.Start));
        var counts = new ResourceSpanCount[resources.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = resources[i].Count;
        }

        var top = root ?? first;
        return new(
            TelemetryIds.Format(key), $"{top.Resource.Name}: {top.Name}", first.Start, end - first.Start, top.Duration, spans.Length, hasError, root is not null, counts);
    }

    private static void Count(List<(ResourceSpanCount Count, DateTimeOffset Start)> resources, SpanRecord span)
    {
        var failed = span.Status == SpanStatus.Error;
        for (var i = 0; i < resources.Count; i++)
        {
            var (count, start) = resources[i];
            if (count.Resource.Name == span.Resource.Name)
            {
                resources[i] = (
                    new(count.Resource, count.Spans + 1, count.HasError || failed), span.Start < start ? span.Start : start);
                return;
            }
        }

        resources.Add((new(span.Resource, 1, failed), span.Start));
    }
}

using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>
/// What the list of traces shows now. Rows of traces that have not changed stay the same objects, so that only what is new is made and
/// painted. Not synchronized: one page has one.
/// </summary>
/// <param name="store">The traces.</param>
/// <param name="time">Measures what a query costs.</param>
internal sealed class TraceListView(TraceStore store, TimeProvider time)
{
    /// <summary>The list is read again at most so often.</summary>
    public static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(500);

    /// <summary>Of a core, the part that one page may take for reading the list again: one in so many.</summary>
    private const int CostShare = 20;

    private Dictionary<string, TraceListRow> _known = [];
    private TraceListFilter? _filter;
    private long _version = -1;
    private long _readAt;
    private TimeSpan _cost;

    /// <summary>The rows of the page.</summary>
    public IReadOnlyList<TraceListRow> Rows { get; private set; } = [];

    /// <summary>How many traces meet the filter.</summary>
    public int Matched { get; private set; }

    /// <summary>How many traces there are.</summary>
    public int Stored { get; private set; }

    /// <summary>How many were dropped to make room.</summary>
    public long Dropped { get; private set; }

    /// <summary>How many pages there are; at least one.</summary>
    public int Pages => Math.Max(1, (Matched + TraceListFilter.PageSize - 1) / TraceListFilter.PageSize);

    /// <summary>The longest duration on the page, which the rows' bars are measured against.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Reads the list for a filter, now.</summary>
    public void Read(TraceListFilter filter)
    {
        var startedAt = time.GetTimestamp();
        var page = store.Query(filter.ToQuery());
        if (page.Items.Count == 0 && page.Matched > 0)
        {
            // Pages have gone since the address was made: show the last.
            var last = (page.Matched + TraceListFilter.PageSize - 1) / TraceListFilter.PageSize;
            page = store.Query((filter with { Page = last }).ToQuery());
        }

        (_filter, _version, Matched, Stored, Dropped) = (filter, page.Version, page.Matched, page.Stored, page.Dropped);
        var rows = page.Items.Select(RowOf).ToArray();
        _known = rows.ToDictionary(r => r.Summary.TraceId);
        Rows = rows;
        Longest = rows.Length == 0 ? TimeSpan.Zero : rows.Max(r => r.Summary.Duration);
        _readAt = time.GetTimestamp();
        _cost = time.GetElapsedTime(startedAt, _readAt);
    }

    /// <summary>Reads the list again if something has come since, and the last reading is long enough ago for what it cost.</summary>
    /// <returns>Whether it was read.</returns>
    public bool Refresh()
    {
        if (_filter is null || store.Version == _version || time.GetElapsedTime(_readAt) < _cost * CostShare)
        {
            return false;
        }

        Read(_filter);
        return true;
    }

    private TraceListRow RowOf(TraceSummary summary) =>
        _known.TryGetValue(summary.TraceId, out var row) && ReferenceEquals(row.Summary, summary)
            ? row
            : TraceListRow.Of(summary, store.Find(summary.TraceId));
}

using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>What the list of traces shows, as the page's address says it, so that a view can be linked and survives a reload.</summary>
internal sealed record TraceListFilter
{
    /// <summary>Rows of a page: what a browser paints at once, and a person looks through.</summary>
    public const int PageSize = 50;

    private const string Path = "traces";

    /// <summary>The name of a resource that has a span in the trace; empty for any.</summary>
    public string Resource { get; init; } = "";

    /// <summary>Text in the trace's name; empty for any.</summary>
    public string Name { get; init; } = "";

    /// <summary>Text in the trace's id, a span's name or an attribute; empty for any.</summary>
    public string Text { get; init; } = "";

    public TraceStatusFilter Status { get; init; }

    /// <summary>The least duration, in milliseconds; 0 for any.</summary>
    public int MinDurationMs { get; init; }

    public TraceSort Sort { get; init; }

    public bool Descending { get; init; } = true;

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether something keeps traces from the list.</summary>
    public bool IsFiltering => this with { Sort = default, Descending = true, Page = 1 } != new TraceListFilter();

    /// <summary>Reads the parts of an address; what is missing or makes no sense is as if it were not there.</summary>
    public static TraceListFilter Read(
        string? resource, string? name, string? text, string? status, string? minMs, string? sort, string? direction, string? page) => new()
        {
            Resource = resource ?? "",
            Name = name ?? "",
            Text = text ?? "",
            Status = status switch { "error" => TraceStatusFilter.Error, "ok" => TraceStatusFilter.Ok, _ => TraceStatusFilter.Any },
            MinDurationMs = Number(minMs, least: 0),
            Sort = sort switch { "duration" => TraceSort.Duration, "answer" => TraceSort.RootDuration, "name" => TraceSort.Name, _ => TraceSort.Start },
            Descending = direction != "asc",
            Page = Number(page, least: 1),
        };

    /// <summary>The address, relative to the dashboard's, that says this.</summary>
    public string ToAddress()
    {
        (string Key, string Value)[] parts =
        [
            ("resource", Resource),
            ("name", Name),
            ("q", Text),
            ("status", Status switch { TraceStatusFilter.Error => "error", TraceStatusFilter.Ok => "ok", _ => "" }),
            ("min", MinDurationMs == 0 ? "" : MinDurationMs.ToString(CultureInfo.InvariantCulture)),
            ("sort", Sort switch { TraceSort.Duration => "duration", TraceSort.RootDuration => "answer", TraceSort.Name => "name", _ => "" }),
            ("dir", Descending ? "" : "asc"),
            ("page", Page == 1 ? "" : Page.ToString(CultureInfo.InvariantCulture)),
        ];
        var query = string.Join('&', parts.Where(p => p.Value.Length > 0).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>What to ask the store for.</summary>
    public TraceQuery ToQuery() => new()
    {
        Resource = Resource.Length == 0 ? null : Resource,
        Name = Name,
        Text = Text,
        Status = Status,
        MinDuration = TimeSpan.FromMilliseconds(MinDurationMs),
        SortBy = Sort,
        Descending = Descending,
        Skip = (Page - 1) * PageSize,
        Take = PageSize,
    };

    /// <summary>Sorted by something; by the same again the other way round. The first page, since rows have other places now.</summary>
    public TraceListFilter SortedBy(TraceSort sort) => this with { Sort = sort, Descending = sort != Sort || !Descending, Page = 1 };

    /// <summary>What <c>aria-sort</c> says of a column; null for one that the list is not sorted by.</summary>
    public string? AriaSort(TraceSort sort) => sort != Sort ? null : Descending ? "descending" : "ascending";

    private static int Number(string? text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? Math.Min(number, 1_000_000) // Pages and milliseconds beyond are nonsense, and must not overflow what is made of them.
            : least;
}

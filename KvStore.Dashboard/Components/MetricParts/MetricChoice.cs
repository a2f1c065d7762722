using System.Globalization;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>What the Metrics page shows, as its address says it, so that a view can be linked and survives a reload.</summary>
internal sealed record MetricChoice
{
    /// <summary>As a resource: all that have the instrument, a line for each.</summary>
    public const string AllResources = "*";

    /// <summary>As a dimension to split by: none, although there is one that suits.</summary>
    public const string Together = "-";

    /// <summary>The windows that may be chosen, in minutes.</summary>
    public static readonly int[] Windows = [1, 5, 15, 30];

    /// <summary>The percentiles that may be chosen where there is room for one only.</summary>
    public static readonly int[] Percentiles = [50, 90, 99];

    private const string Path = "instruments";

    /// <summary>A resource's name, or <see cref="AllResources"/>; empty for whatever suits the instrument.</summary>
    public string Resource { get; init; } = "";

    /// <summary>The meter's name; empty for the first that has the instrument.</summary>
    public string Meter { get; init; } = "";

    /// <summary>The instrument's name; empty for whatever is worth to be seen first.</summary>
    public string Instrument { get; init; } = "";

    public int Minutes { get; init; } = 5;

    /// <summary>A dimension that gets a line for each of its values, or <see cref="Together"/>; empty for whatever suits the instrument.</summary>
    public string By { get; init; } = "";

    /// <summary>The percentile of a histogram with more than one group of lines.</summary>
    public int Percentile { get; init; } = 99;

    /// <summary>Dimensions and the values that count; of a dimension that is not here, all.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Where { get; init; } = [];

    /// <summary>How far back.</summary>
    public TimeSpan Window => TimeSpan.FromMinutes(Minutes);

    /// <summary>Into how many points a line is cut: at least the two seconds between exports each.</summary>
    public int Steps => Minutes switch { 1 => 30, 5 => 60, _ => 90 };

    /// <summary>Reads the parts of an address; what is missing or makes no sense is as if it were not there.</summary>
    /// <param name="where">Each <c>dimension=value</c>.</param>
    public static MetricChoice Read(
        string? resource, string? meter, string? instrument, string? minutes, string? by, string? percentile, IReadOnlyList<string>? where) => new()
        {
            Resource = resource ?? "",
            Meter = meter ?? "",
            Instrument = instrument ?? "",
            Minutes = OneOf(Windows, minutes, otherwise: 5),
            By = by ?? "",
            Percentile = OneOf(Percentiles, percentile, otherwise: 99),
            Where = [.. (where ?? []).Where(part => part.IndexOf('=', StringComparison.Ordinal) > 0).Select(part =>
            {
                var equals = part.IndexOf('=', StringComparison.Ordinal);
                return KeyValuePair.Create(part[..equals], part[(equals + 1)..]);
            }).Distinct()],
        };

    /// <summary>The address, relative to the dashboard's, that says this.</summary>
    public string ToAddress()
    {
        (string Key, string Value)[] parts =
        [
            ("resource", Resource),
            ("meter", Meter),
            ("instrument", Instrument),
            ("minutes", Minutes == 5 ? "" : Minutes.ToString(CultureInfo.InvariantCulture)),
            ("by", By),
            ("p", Percentile == 99 ? "" : Percentile.ToString(CultureInfo.InvariantCulture)),
            .. Where.Select(part => ("where", $"{part.Key}={part.Value}")),
        ];
        var query = string.Join('&', parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Key}={Uri.EscapeDataString(part.Value)}"));
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>Of another instrument, whose dimensions are others.</summary>
    public MetricChoice Of(string meter, string instrument) => this with { Meter = meter, Instrument = instrument, By = "", Where = [] };

    /// <summary>With a value of a dimension, or without it.</summary>
    public MetricChoice With(string dimension, string value, bool isWanted)
    {
        var part = KeyValuePair.Create(dimension, value);
        return this with { Where = isWanted ? [.. Where.Append(part).Distinct()] : [.. Where.Where(other => !other.Equals(part))] };
    }

    /// <summary>The values of a dimension that count; none for all.</summary>
    public IReadOnlySet<string> Wanted(string dimension) => Where.Where(part => part.Key == dimension).Select(part => part.Value).ToHashSet();

    /// <summary>As the store asks for it.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>> Filters() =>
        Where.Select(part => part.Key).Distinct().ToDictionary(dimension => dimension, Wanted);

    private static int OneOf(int[] allowed, string? text, int otherwise) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && allowed.Contains(number) ? number : otherwise;
}

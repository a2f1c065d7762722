namespace KvStore.Dashboard.Telemetry;

/// <summary>A value of a series and how long it stayed. Times are UTC ticks.</summary>
/// <param name="From">When it was first exported.</param>
/// <param name="To">When it was last exported without change.</param>
/// <param name="Start">Since when the sender counts; another start is a reset.</param>
/// <param name="Value">The value, or the sum of what was measured.</param>
/// <param name="Buckets">Of a histogram: measurements by bucket since the start.</param>
internal readonly record struct MetricPoint(long From, long To, long Start, double Value, long[]? Buckets)
{
    /// <summary>Of a histogram: all measurements since the start.</summary>
    public long Count => Buckets?.Sum() ?? 0;

    /// <summary>Whether another export says the same.</summary>
    public bool SameAs(MetricPoint other) =>
        Start == other.Start
        && Value.Equals(other.Value)
        && (Buckets is null ? other.Buckets is null : other.Buckets is not null && Buckets.AsSpan().SequenceEqual(other.Buckets));
}

/// <summary>One combination of an instrument's dimensions. Points are cumulative, whatever the sender's are. Used under the store's lock.</summary>
internal sealed class MetricSeries
{
    private readonly List<MetricPoint> _points = [];
    private int _first;

    /// <summary>Makes a series without points.</summary>
    public MetricSeries(MetricInstrument instrument, string key, IReadOnlyList<KeyValuePair<string, string>> dimensions, double[]? bounds)
    {
        Instrument = instrument;
        Key = key;
        Dimensions = dimensions;
        Bounds = bounds;
    }

    public MetricInstrument Instrument { get; }

    /// <summary>The dimensions as one string.</summary>
    public string Key { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Dimensions { get; }

    /// <summary>Of a histogram: the upper bounds of all buckets but the last.</summary>
    public double[]? Bounds { get; }

    /// <summary>When the last export arrived here.</summary>
    public DateTimeOffset HeardAt { get; set; }

    /// <summary>How many points there are.</summary>
    public int Count => _points.Count - _first;

    /// <summary>The newest point.</summary>
    public MetricPoint Last => _points[^1];

    /// <summary>The points, oldest first.</summary>
    public MetricPoint[] ToArray() => _points.GetRange(_first, Count).ToArray();

    /// <summary>Adds a point, or lengthens the last one when it says the same.</summary>
    /// <returns>How many points there are more.</returns>
    public int Add(MetricPoint point)
    {
        if (Count > 0 && Last.SameAs(point))
        {
            _points[^1] = Last with { To = point.To };
            return 0;
        }

        _points.Add(point);
        return 1;
    }

    /// <summary>Removes the oldest point.</summary>
    public void DropFirst()
    {
        _points[_first++] = default;
        if (_first > 64 && _first > _points.Count / 2)
        {
            _points.RemoveRange(0, _first);
            _first = 0;
        }
    }
}

/// <summary>An instrument with its series. Used under the store's lock.</summary>
internal sealed class MetricInstrument(InstrumentInfo info)
{
    public InstrumentInfo Info { get; } = info;

    public Dictionary<string, MetricSeries> Series { get; } = [];

    /// <summary>Oldest first.</summary>
    public Queue<MetricExemplar> Exemplars { get; } = new();

    /// <summary>The time of the newest export.</summary>
    public DateTimeOffset LastAt { get; private set; }

    /// <summary>The time of the one before.</summary>
    public DateTimeOffset PreviousAt { get; private set; }

    /// <summary>Notes an export.</summary>
    public void Exported(DateTimeOffset at)
    {
        if (at > LastAt)
        {
            (PreviousAt, LastAt) = (LastAt, at);
        }
    }
}

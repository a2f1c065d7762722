namespace KvStore.Dashboard.Telemetry;

/// <summary>Points of one instrument as they arrived.</summary>
/// <param name="Instrument">Whose they are.</param>
/// <param name="IsDelta">Whether sums and counts are those since the last point, and not those since the start.</param>
/// <param name="Points">At least one.</param>
internal sealed record MetricUpdate(InstrumentInfo Instrument, bool IsDelta, IReadOnlyList<PointUpdate> Points);

/// <summary>A point as it arrived.</summary>
internal sealed record PointUpdate
{
    /// <summary>Sorted by name.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Dimensions { get; init; }

    /// <summary>Since when sums and counts are counted; the default when the sender does not say.</summary>
    public DateTimeOffset Start { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The value of a sum or gauge; the sum of what a histogram measured.</summary>
    public double Value { get; init; }

    /// <summary>Of a histogram: the upper bounds of all buckets but the last, ascending.</summary>
    public double[]? Bounds { get; init; }

    /// <summary>Of a histogram: measurements in each bucket.</summary>
    public long[]? Buckets { get; init; }

    public IReadOnlyList<MetricExemplar> Exemplars { get; init; } = [];
}

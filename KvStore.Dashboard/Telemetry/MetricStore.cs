namespace KvStore.Dashboard.Telemetry;

/// <summary>The metric points. All members may be called from any thread.</summary>
internal sealed class MetricStore
{
    private readonly StoreLimits _limits;
    private long _version;

    /// <summary>Makes an empty store.</summary>
    public MetricStore(StoreLimits limits, TelemetryResources resources, TimeProvider time)
    {
        _limits = limits;
        _ = (resources, time);
    }

    /// <summary>Grows with every addition: as long as it is the same, a page is up to date.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>What came in and what is left, in points.</summary>
    public StoreCounters Counters => new(0, 0, _limits.PointsMax, 0, 0);

    /// <summary>The instruments of a resource, or of all, by meter and name.</summary>
    public IReadOnlyList<InstrumentInfo> Instruments(TelemetryResource? resource = null) => _limits.PointsMax < 0 ? throw new InvalidOperationException() : [];

    /// <summary>The dimensions of an instrument with the values that there are, by name.</summary>
    public IReadOnlyList<Dimension> Dimensions(InstrumentInfo instrument) => _limits.PointsMax < 0 ? throw new InvalidOperationException() : [];

    /// <summary>Values of a sum or gauge at the end of each step; of a histogram the number of measurements so far. Null when there is no such instrument.</summary>
    public MetricChart? Values(MetricQuery query) => _limits.PointsMax < 0 ? throw new InvalidOperationException() : null;

    /// <summary>Growth per second of a counter, or measurements per second of a histogram. Null when there is no such instrument, or it is neither.</summary>
    public MetricChart? Rate(MetricQuery query) => _limits.PointsMax < 0 ? throw new InvalidOperationException() : null;

    /// <summary>Percentiles of what a histogram measured in each step, one line for each. Null when there is no such histogram.</summary>
    /// <param name="percentiles">Between 0 and 1, for example 0.5, 0.9, 0.99.</param>
    public MetricChart? Percentiles(MetricQuery query, IReadOnlyList<double> percentiles) => _limits.PointsMax < 0 ? throw new InvalidOperationException() : null;

    /// <summary>The average of what a histogram measured in each step. Null when there is no such histogram.</summary>
    public MetricChart? Mean(MetricQuery query) => _limits.PointsMax < 0 ? throw new InvalidOperationException() : null;

    /// <summary>Forgets every point.</summary>
    public void Clear() => Interlocked.Increment(ref _version);
}

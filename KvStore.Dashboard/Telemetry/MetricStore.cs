namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// The metric points, the oldest dropped first over all series. Points that say the same in a row are kept as one that lasts longer,
/// since most of what six nodes export every second does not change. All members may be called from any thread.
/// </summary>
internal sealed partial class MetricStore
{
    /// <summary>A series that was silent this long gives way when there are too many.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(5);

    /// <summary>How seldom silent series are looked for.</summary>
    private static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(10);

    /// <summary>The first point of a counter is growth since its start if that is not longer ago than this; else nobody knows when it grew.</summary>
    private static readonly TimeSpan BaselineMax = TimeSpan.FromMinutes(1);

    private readonly StoreLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(TelemetryResource Resource, string Meter, string Name), MetricInstrument> _instruments = [];

    // One element for each point, in the order of arrival.
    private readonly Queue<MetricSeries> _byArrival = new();
    private int _series;
    private int _points;
    private long _received;
    private long _refused;
    private long _dropped;
    private long _version;
    private DateTimeOffset _sweptAt;

    /// <summary>Makes an empty store, which drops the metrics of a resource that gave way.</summary>
    public MetricStore(StoreLimits limits, TelemetryResources resources, TimeProvider time)
    {
        _limits = limits;
        _time = time;
        resources.Dropped += Forget;
    }

    /// <summary>Grows with every addition: as long as it is the same, a page is up to date.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>What came in and what is left, in points. Of those that arrived, equal ones in a row are stored as one.</summary>
    public StoreCounters Counters
    {
        get
        {
            lock (_lock)
            {
                return new(_received, _points, _limits.PointsMax, _dropped, _refused);
            }
        }
    }

    /// <summary>Takes in points. What is older than its series' newest point is refused: it came twice.</summary>
    public void Add(IReadOnlyList<MetricUpdate> updates)
    {
        lock (_lock)
        {
            foreach (var update in updates)
            {
                _received += update.Points.Count;
                if (InstrumentOf(update.Instrument) is not { } instrument)
                {
                    _refused += update.Points.Count;
                    continue;
                }

                foreach (var point in update.Points)
                {
                    instrument.Exported(point.At);
                    if (!Add(instrument, point, update.IsDelta))
                    {
                        _refused++;
                    }
                }
            }

            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>Counts points that were not valid, and so never were added.</summary>
    public void CountRefused(int points)
    {
        lock (_lock)
        {
            _received += points;
            _refused += points;
            Volatile.Write(ref _version, _version + 1);
        }
    }

    private MetricInstrument? InstrumentOf(InstrumentInfo info)
    {
        var key = (info.Resource, info.Meter, info.Name);
        if (!_instruments.TryGetValue(key, out var instrument))
        {
            if (_instruments.Count >= _limits.InstrumentsMax && !SweepMakesRoom(() => _instruments.Count < _limits.InstrumentsMax))
            {
                return null;
            }

            instrument = new(info);
            _instruments.Add(key, instrument);
        }

        return instrument.Info.Kind == info.Kind ? instrument : null;
    }

    private bool Add(MetricInstrument instrument, PointUpdate update, bool isDelta)
    {
        if (!double.IsFinite(update.Value) || SeriesOf(instrument, update, isDelta) is not { } series)
        {
            return false;
        }

        var (at, start) = (update.At.UtcTicks, update.Start.UtcTicks);
        if (series.Count > 0 && at <= series.Last.To)
        {
            return false;
        }

        var point = new MetricPoint(at, at, start, update.Value, update.Buckets);
        if (isDelta && series.Count > 0)
        {
            var before = series.Last;
            point = point with { Start = before.Start, Value = before.Value + update.Value, Buckets = Sum(before.Buckets, update.Buckets) };
        }

        var exportedBefore = series.Count > 0 ? series.Last.To : 0;
        series.HeardAt = _time.GetUtcNow();
        Push(series, point);
        foreach (var exemplar in update.Exemplars)
        {
            // A sender of cumulative points repeats an exemplar until a newer one takes its bucket.
            if (isDelta || exemplar.At.UtcTicks > exportedBefore)
            {
                Add(instrument, exemplar);
            }
        }

        return true;
    }

    private void Add(MetricInstrument instrument, MetricExemplar exemplar)
    {
        instrument.Exemplars.Enqueue(exemplar);
        if (instrument.Exemplars.Count > _limits.ExemplarsPerInstrumentMax)
        {
            instrument.Exemplars.Dequeue();
        }
    }

    private MetricSeries? SeriesOf(MetricInstrument instrument, PointUpdate update, bool isDelta)
    {
        var key = string.Join('\u0001', update.Dimensions.Select(d => $"{d.Key}\0{d.Value}"));
        if (instrument.Series.TryGetValue(key, out var series))
        {
            if (update.Bounds is null || update.Bounds.AsSpan().SequenceEqual(series.Bounds))
            {
                return series;
            }

            Remove(series); // Counts by other bounds cannot be put together with these.
        }

        if (instrument.Series.Count >= _limits.SeriesPerInstrumentMax || _series >= _limits.SeriesMax)
        {
            if (!SweepMakesRoom(() => instrument.Series.Count < _limits.SeriesPerInstrumentMax && _series < _limits.SeriesMax))
            {
                return null;
            }

            // The sweep may have taken the instrument too.
            _instruments.TryAdd((instrument.Info.Resource, instrument.Info.Meter, instrument.Info.Name), instrument);
        }

        // Series of an instrument have the same bounds as a rule, and then share them.
        var shared = instrument.Series.Values.FirstOrDefault()?.Bounds;
        var bounds = shared is not null && update.Bounds is not null && shared.AsSpan().SequenceEqual(update.Bounds) ? shared : update.Bounds;
        series = new(instrument, key, update.Dimensions, bounds) { HeardAt = _time.GetUtcNow() };
        instrument.Series.Add(key, series);
        _series++;
        if (Baseline(instrument, update, isDelta) is { } zero)
        {
            Push(series, zero);
        }

        return series;
    }

    // A series that appears begins at zero: at its start, or at its instrument's last export without it.
    private static MetricPoint? Baseline(MetricInstrument instrument, PointUpdate update, bool isDelta)
    {
        if (instrument.Info.Kind is InstrumentKind.Gauge or InstrumentKind.UpDownCounter)
        {
            return null;
        }

        var from = isDelta || update.Start > instrument.PreviousAt ? update.Start : instrument.PreviousAt;
        if (from >= update.At || from <= DateTimeOffset.UnixEpoch || (!isDelta && update.At - from > BaselineMax))
        {
            return null;
        }

        return new(from.UtcTicks, from.UtcTicks, update.Start.UtcTicks, 0, update.Buckets is null ? null : new long[update.Buckets.Length]);
    }

    private void Push(MetricSeries series, MetricPoint point)
    {
        if (series.Add(point) == 0)
        {
            return;
        }

        _points++;
        _byArrival.Enqueue(series);

        // A removed series leaves its elements behind in the queue, hence the second condition.
        while (_points > _limits.PointsMax || _byArrival.Count > 2 * _limits.PointsMax)
        {
            DropOldest();
        }
    }

    private void DropOldest()
    {
        // The only point of a series that is still heard of is its present value, however long it has not changed. It goes to the end
        // of the queue, unless all are like that.
        for (var spared = _byArrival.Count; ; spared--)
        {
            var series = _byArrival.Dequeue();
            if (series.Count == 0)
            {
                return;
            }

            if (series.Count == 1 && spared > 1 && _time.GetUtcNow() - series.HeardAt < StaleAfter)
            {
                _byArrival.Enqueue(series);
                continue;
            }

            series.DropFirst();
            _points--;
            _dropped++;
            if (series.Count == 0)
            {
                Remove(series);
            }

            return;
        }
    }

    private bool SweepMakesRoom(Func<bool> isThereRoom)
    {
        var now = _time.GetUtcNow();
        if (now - _sweptAt >= SweepPause)
        {
            _sweptAt = now;
            foreach (var instrument in _instruments.Values.ToList())
            {
                foreach (var series in instrument.Series.Values.Where(s => now - s.HeardAt >= StaleAfter).ToList())
                {
                    Remove(series);
                }

                RemoveIfEmpty(instrument);
            }
        }

        return isThereRoom();
    }

    private void Remove(MetricSeries series)
    {
        if (!series.Instrument.Series.Remove(series.Key))
        {
            return;
        }

        _series--;
        _points -= series.Count;
        _dropped += series.Count;
        while (series.Count > 0)
        {
            series.DropFirst();
        }
    }

    private void RemoveIfEmpty(MetricInstrument instrument)
    {
        if (instrument.Series.Count == 0)
        {
            _instruments.Remove((instrument.Info.Resource, instrument.Info.Meter, instrument.Info.Name));
        }
    }

    private void Forget(TelemetryResource resource)
    {
        lock (_lock)
        {
            foreach (var instrument in _instruments.Values.Where(i => i.Info.Resource == resource).ToList())
            {
                foreach (var series in instrument.Series.Values.ToList())
                {
                    Remove(series);
                }

                RemoveIfEmpty(instrument);
            }

            Volatile.Write(ref _version, _version + 1);
        }
    }

    private static long[]? Sum(long[]? a, long[]? b) => a is null || b is null ? b : [.. a.Zip(b, (x, y) => x + y)];
}

namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// The traces. Spans come in any order, from several processes, late and twice. Beyond the limits the trace whose first span came
/// first is dropped, and what comes for it later as well. All members may be called from any thread.
/// </summary>
internal sealed class TraceStore
{
    private readonly StoreLimits _limits;
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, TraceEntry> _entries = [];
    private readonly Queue<TraceEntry> _byArrival = new();
    private readonly HashSet<UInt128> _dropped = [];
    private readonly Queue<UInt128> _droppedByAge = new();
    private long _bytes;
    private long _received;
    private long _refused;
    private long _tracesDropped;
    private long _version;

    /// <summary>Makes an empty store.</summary>
    public TraceStore(StoreLimits limits)
    {
        _limits = limits;
    }

    /// <summary>Grows with every addition: as long as it is the same, a page is up to date.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>What came in and what is left. <c>Received</c> and <c>Refused</c> are spans, the others traces.</summary>
    public StoreCounters Counters
    {
        get
        {
            lock (_lock)
            {
                return new(_received, _entries.Count, _limits.TracesMax, _tracesDropped, _refused);
            }
        }
    }

    /// <summary>Takes in spans. One whose id its trace has already replaces the older one.</summary>
    public void Add(IReadOnlyList<SpanRecord> spans)
    {
        lock (_lock)
        {
            for (var i = 0; i < spans.Count; i++)
            {
                _received++;
                Add(spans[i]);
            }

            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>Counts spans that were not valid, and so never became records.</summary>
    public void CountRefused(int spans)
    {
        lock (_lock)
        {
            _received += spans;
            _refused += spans;
            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>A part of the list of traces.</summary>
    public TracePage Query(TraceQuery query)
    {
        TraceEntry[] entries;
        long dropped, received, version;
        lock (_lock)
        {
            entries = _byArrival.ToArray();
            (dropped, received, version) = (_tracesDropped, _received, _version);
        }

        var matches = TraceFilter.Apply(entries, query);
        var items = matches.Skip(query.Skip).Take(query.Take).ToArray();
        return new(items, matches.Count, entries.Length, dropped, received, version);
    }

    /// <summary>A trace with all of its spans so far.</summary>
    /// <param name="traceId">32 hexadecimal digits.</param>
    /// <returns>Null when there is none, or none any more.</returns>
    public Trace? Find(string traceId)
    {
        TraceEntry? entry;
        lock (_lock)
        {
            if (!TelemetryIds.TryParse(traceId, out var key) || !_entries.TryGetValue(key, out entry))
            {
                return null;
            }
        }

        var spans = entry.Spans.ToArray();
        return new Trace(TraceSummaries.Of(entry.Key, spans), spans);
    }

    private void Add(SpanRecord span)
    {
        if (_dropped.Contains(span.TraceKey))
        {
            // Its trace is gone; alone it would look like a trace without a root.
            _refused++;
            return;
        }

        var bytes = SpanSize.Of(span);
        var bytesOfTraceMax = _limits.TraceBytesMax / 8;
        if (!_entries.TryGetValue(span.TraceKey, out var entry))
        {
            if (bytes > bytesOfTraceMax)
            {
                _refused++;
                return;
            }

            entry = new TraceEntry(span.TraceKey);
            _entries.Add(span.TraceKey, entry);
            _byArrival.Enqueue(entry);
        }

        var at = entry.IndexOf(span.SpanKey);
        var more = at < 0 ? bytes : bytes - SpanSize.Of(entry.Spans[at]);
        if (entry.Bytes + more > bytesOfTraceMax || (at < 0 && entry.Count >= _limits.SpansPerTraceMax))
        {
            _refused++;
            return;
        }

        if (at < 0)
        {
            entry.Add(span, more);
        }
        else
        {
            entry.Replace(at, span, more);
        }

        _bytes += more;
        while (_entries.Count > _limits.TracesMax || _bytes > _limits.TraceBytesMax)
        {
            DropOldest();
        }
    }

    private void DropOldest()
    {
        var oldest = _byArrival.Dequeue();
        _entries.Remove(oldest.Key);
        _bytes -= oldest.Bytes;
        _tracesDropped++;
        _dropped.Add(oldest.Key);
        _droppedByAge.Enqueue(oldest.Key);
        if (_droppedByAge.Count > _limits.TracesMax)
        {
            _dropped.Remove(_droppedByAge.Dequeue());
        }
    }
}

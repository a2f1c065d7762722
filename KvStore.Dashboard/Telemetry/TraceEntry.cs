namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// A trace in the store. One thread at a time adds, under the store's lock; any thread reads without it: a span is in its place
/// before the count says so, and an array gives way only to a longer one with the same spans.
/// </summary>
internal sealed class TraceEntry
{
    /// <summary>Up to here a walk over the spans is cheaper than a dictionary, and nearly every trace stays below.</summary>
    private const int IndexFrom = 48;

    private SpanRecord[] _spans = new SpanRecord[4];
    private int _count;
    private int _changes;
    private Dictionary<ulong, int>? _index;
    private Cached? _cached;

    /// <summary>Makes the entry of a trace without spans.</summary>
    public TraceEntry(UInt128 key)
    {
        Key = key;
    }

    /// <summary>The trace's id.</summary>
    public UInt128 Key { get; }

    /// <summary>Estimated bytes of the spans; for the store, under its lock.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many spans there are; for the store, under its lock.</summary>
    public int Count => _count;

    /// <summary>Where a span with this id is; -1 when there is none. Under the store's lock.</summary>
    public int IndexOf(ulong spanKey)
    {
        if (_index is not null)
        {
            return _index.GetValueOrDefault(spanKey, -1);
        }

        for (var i = 0; i < _count; i++)
        {
            if (_spans[i].SpanKey == spanKey)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Adds a span whose id is not there yet. Under the store's lock.</summary>
    public void Add(SpanRecord span, int bytes)
    {
        if (_count == _spans.Length)
        {
            var longer = new SpanRecord[_count < 12 ? _count + 4 : _count * 2];
            Array.Copy(_spans, longer, _count);
            Volatile.Write(ref _spans, longer);
        }

        _spans[_count] = span;
        _index?.Add(span.SpanKey, _count);
        Volatile.Write(ref _count, _count + 1);
        if (_count == IndexFrom)
        {
            _index = [];
            for (var i = 0; i < _count; i++)
            {
                _index.Add(_spans[i].SpanKey, i);
            }
        }

        Changed(bytes);
    }

    /// <summary>Puts a span in the place of one with its id. Under the store's lock.</summary>
    public void Replace(int at, SpanRecord span, int bytesMore)
    {
        Volatile.Write(ref _spans[at], span);
        Changed(bytesMore);
    }

    /// <summary>The spans so far, in the order of arrival.</summary>
    public ReadOnlySpan<SpanRecord> Spans
    {
        get
        {
            var count = Volatile.Read(ref _count);
            return Volatile.Read(ref _spans).AsSpan(0, count);
        }
    }

    /// <summary>The trace's line in the list; made again only when spans have come since.</summary>
    public TraceSummary Summary()
    {
        var changes = Volatile.Read(ref _changes);
        var cached = Volatile.Read(ref _cached);
        if (cached?.Changes != changes)
        {
            cached = new(changes, TraceSummaries.Of(Key, Spans));
            Volatile.Write(ref _cached, cached);
        }

        return cached.Summary;
    }

    private void Changed(int bytesMore)
    {
        Bytes += bytesMore;
        Volatile.Write(ref _changes, _changes + 1);
    }

    private sealed record Cached(int Changes, TraceSummary Summary);
}

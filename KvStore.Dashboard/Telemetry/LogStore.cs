namespace KvStore.Dashboard.Telemetry;

/// <summary>The log records, the oldest dropped first. All members may be called from any thread.</summary>
internal sealed class LogStore
{
    private readonly StoreLimits _limits;
    private readonly Lock _lock = new();
    private readonly Queue<LogRecord> _records = new();
    private long _bytes;
    private long _received;
    private long _refused;
    private long _dropped;
    private long _lastId;
    private long _version;

    /// <summary>Makes an empty store.</summary>
    public LogStore(StoreLimits limits)
    {
        _limits = limits;
    }

    /// <summary>Grows with every addition: as long as it is the same, a page is up to date.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>What came in and what is left, in log records.</summary>
    public StoreCounters Counters
    {
        get
        {
            lock (_lock)
            {
                return new(_received, _records.Count, _limits.LogsMax, _dropped, _refused);
            }
        }
    }

    /// <summary>Takes in records and gives them their ids.</summary>
    public void Add(IReadOnlyList<LogRecord> records)
    {
        lock (_lock)
        {
            for (var i = 0; i < records.Count; i++)
            {
                _received++;
                var bytes = SpanSize.Of(records[i]);
                if (bytes > _limits.LogBytesMax / 8)
                {
                    _refused++;
                    continue;
                }

                _records.Enqueue(records[i] with { Id = ++_lastId });
                _bytes += bytes;
                while (_records.Count > _limits.LogsMax || _bytes > _limits.LogBytesMax)
                {
                    _bytes -= SpanSize.Of(_records.Dequeue());
                    _dropped++;
                }
            }

            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>Counts records that were not valid, and so never were added.</summary>
    public void CountRefused(int records)
    {
        lock (_lock)
        {
            _received += records;
            _refused += records;
            Volatile.Write(ref _version, _version + 1);
        }
    }

    /// <summary>The newest records that meet all conditions, oldest first.</summary>
    public LogPage Query(LogQuery query)
    {
        LogRecord[] records;
        long dropped, received, lastId;
        lock (_lock)
        {
            records = _records.ToArray();
            (dropped, received, lastId) = (_dropped, _received, _lastId);
        }

        var text = TextFilter.Of(query.Text);
        var items = new List<LogRecord>();
        var matched = 0;
        for (var i = records.Length - 1; i >= 0 && records[i].Id > query.AfterId; i--)
        {
            if (Matches(records[i], query, text))
            {
                matched++;
                if (items.Count < query.Take)
                {
                    items.Add(records[i]);
                }
            }
        }

        items.Reverse();
        return new(items, matched, records.Length, dropped, received, lastId);
    }

    private static bool Matches(LogRecord record, LogQuery query, TextFilter? text) =>
        record.Severity >= query.MinSeverity
        && (query.Resource is null || record.Resource.Name == query.Resource)
        && (query.TraceId is null || string.Equals(record.TraceId, query.TraceId, StringComparison.OrdinalIgnoreCase))
        && (query.SpanId is null || string.Equals(record.SpanId, query.SpanId, StringComparison.OrdinalIgnoreCase))
        && (text is null || text.Matches(record.Message) || text.Matches(record.Category) || text.Matches(record.Attributes)
            || text.Matches(record.ExceptionText) || text.Matches(record.TraceId));
}

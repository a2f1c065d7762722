using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.LogParts;

/// <summary>The newest logs that meet a filter, the newest first, kept up to date or held still. Used by one page on one thread.</summary>
internal sealed class LogTail
{
    /// <summary>Rows at first, and how many more each time: what a browser paints at once.</summary>
    public const int Step = 200;

    private readonly LogStore _store;
    private LogFilter _filter = new();
    private long _version = -1;
    private int _take = Step;
    private long _lastId;

    /// <summary>Makes a tail that shows nothing yet.</summary>
    public LogTail(LogStore store)
    {
        _store = store;
    }

    /// <summary>The lines, newest first. Lines that stay are the same objects.</summary>
    public IReadOnlyList<LogLine> Lines { get; private set; } = [];

    /// <summary>How many stored records meet the filter.</summary>
    public int Matched { get; private set; }

    /// <summary>What came in and what is left.</summary>
    public StoreCounters Counters { get; private set; }

    /// <summary>Whether the lines stay as they are while more comes in.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>How many records that meet the filter have come since the lines were held.</summary>
    public int Waiting { get; private set; }

    /// <summary>How many more older lines there are.</summary>
    public int Older { get; private set; }

    /// <summary>Shows what meets a filter, the newest part of it, even when paused.</summary>
    public void Show(LogFilter filter)
    {
        (_filter, _take) = (filter, Step);
        Read();
    }

    /// <summary>Shows more of the older lines.</summary>
    public void ShowOlder()
    {
        _take += Step;
        Read(upTo: IsPaused ? _lastId : null);
    }

    /// <summary>Holds the lines, or lets them move again and shows what has come.</summary>
    public void Pause(bool isPaused)
    {
        IsPaused = isPaused;
        if (!isPaused)
        {
            Read();
        }
    }

    /// <summary>Takes in what is new in the store; while paused, only counts it.</summary>
    /// <returns>Whether anything that is shown has changed.</returns>
    public bool Refresh()
    {
        if (_version == _store.Version)
        {
            return false;
        }

        var before = (Lines, Matched, Counters, Waiting);
        if (!IsPaused)
        {
            Read();
        }
        else
        {
            _version = _store.Version;
            var page = _store.Query(_filter.ToQuery(take: 0) with { AfterId = _lastId });
            (Waiting, Counters) = (page.Matched, _store.Counters);
        }

        return before != (Lines, Matched, Counters, Waiting);
    }

    private void Read(long? upTo = null)
    {
        // The version first: what comes in between is then read twice, and not missed.
        _version = _store.Version;
        var waiting = upTo is null ? 0 : _store.Query(_filter.ToQuery(take: 0) with { AfterId = upTo.Value }).Matched;
        var page = _store.Query(_filter.ToQuery(_take + waiting));
        var known = Lines.ToDictionary(line => line.Id);
        LogLine[] lines =
        [
            .. page.Items.Reverse().Where(record => upTo is null || record.Id <= upTo).Take(_take)
                .Select(record => known.GetValueOrDefault(record.Id) ?? new LogLine(record)),
        ];
        if (!lines.SequenceEqual(Lines))
        {
            Lines = lines;
        }

        (Matched, Waiting, Counters) = (page.Matched, waiting, _store.Counters);
        Older = Math.Max(0, Matched - waiting - Lines.Count);
        _lastId = upTo ?? page.LastId;
    }
}

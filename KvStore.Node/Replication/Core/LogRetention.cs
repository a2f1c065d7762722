namespace KvStore.Node.Replication.Core;

/// <summary>A place in the leader's log, so that its size and age are known without reading it.</summary>
/// <param name="Lsn">The entry.</param>
/// <param name="Bytes">Bytes of all entries up to and with it, since the store was made.</param>
/// <param name="CommittedAtMs">When it was committed, in milliseconds since 1970.</param>
internal readonly record struct LogMark(long Lsn, long Bytes, long CommittedAtMs);

/// <summary>How long the leader's log is kept (BOUNDED).</summary>
internal sealed record LogLimits
{
    /// <summary>So many newest entries stay also when every follower has them, for <c>GET /writes</c> and idempotency keys.</summary>
    public long EntriesKept { get; init; } = 100_000;

    /// <summary>At most so many entries are kept for a follower that lacks them. Beyond, it gets a snapshot.</summary>
    public long EntriesMax { get; init; } = 2_000_000;

    /// <summary>At most so many bytes of entries are kept.</summary>
    public long BytesMax { get; init; } = 1L << 30;

    /// <summary>Entries older than that are cut.</summary>
    public TimeSpan AgeMax { get; init; } = TimeSpan.FromHours(24);
}

/// <summary>
/// Decides how far the leader's log may be cut: what every follower has goes, down to a rest; what one of them lacks stays
/// up to the limits. Works on marks some thousand entries apart, so a cut comes a little later than it might.
/// </summary>
internal sealed class LogRetention
{
    private const long MarkEntries = 4096;
    private const long MarkBytes = 4 << 20;
    private const long MarkMs = 60_000;
    private const int MarksWithinLimits = 16;

    private readonly LogLimits _limits;
    private readonly List<LogMark> _marks;
    private readonly long _markEntries;
    private readonly long _markBytes;
    private LogMark _base;
    private LogMark _last;

    /// <summary>Begins with the marks that the store has.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="marks">The marks, ascending; one at the cut itself says how many bytes lie below it.</param>
    /// <param name="cutLsn">The log holds nothing up to here.</param>
    public LogRetention(LogLimits limits, IReadOnlyList<LogMark> marks, long cutLsn)
    {
        _limits = limits;
        _base = marks.LastOrDefault(mark => mark.Lsn <= cutLsn, new LogMark(cutLsn, 0, 0));
        _marks = [.. marks.Where(mark => mark.Lsn > cutLsn)];
        _last = Newest;
        _markEntries = Math.Clamp(Math.Min(limits.EntriesMax, Math.Max(limits.EntriesKept, MarksWithinLimits)) / MarksWithinLimits, 1, MarkEntries);
        _markBytes = Math.Clamp(limits.BytesMax / MarksWithinLimits, 1, MarkBytes);
    }

    private LogMark Newest => _marks is [.., var newest] ? newest : _base;

    /// <summary>Counts an entry that is about to be appended.</summary>
    /// <returns>A mark, when the entry is to have one; it is stored together with the entry.</returns>
    public LogMark? Append(long lsn, long bytes, long committedAtMs)
    {
        var newest = Newest;
        _last = new LogMark(lsn, _last.Bytes + bytes, committedAtMs);
        if (lsn - newest.Lsn < _markEntries && _last.Bytes - newest.Bytes < _markBytes && committedAtMs - newest.CommittedAtMs < MarkMs)
        {
            return null;
        }

        _marks.Add(_last);
        return _last;
    }

    /// <summary>How far the log may be cut now.</summary>
    /// <param name="heldByAll">An LSN up to which every follower has everything.</param>
    /// <param name="ceiling">An LSN above which nothing may be cut, whatever the limits say: what is above it is not known to be on disk.</param>
    /// <param name="nowMs">The time, in milliseconds since 1970.</param>
    public long CutTarget(long heldByAll, long ceiling, long nowMs)
    {
        var target = 0L;
        foreach (var mark in _marks)
        {
            var isHeld = mark.Lsn <= heldByAll && mark.Lsn <= _last.Lsn - _limits.EntriesKept;
            var isBeyond = mark.Lsn <= _last.Lsn - _limits.EntriesMax
                || mark.Bytes <= _last.Bytes - _limits.BytesMax
                || nowMs - mark.CommittedAtMs >= _limits.AgeMax.TotalMilliseconds;
            if (mark.Lsn > ceiling || !(isHeld || isBeyond))
            {
                break;
            }

            target = mark.Lsn;
        }

        return target;
    }

    /// <summary>The log was cut at a mark.</summary>
    public void Cut(long lsn)
    {
        _base = _marks.LastOrDefault(mark => mark.Lsn <= lsn, _base);
        _marks.RemoveAll(mark => mark.Lsn <= lsn);
    }

    /// <summary>About how many bytes the entries above an LSN have, as far as the marks tell.</summary>
    public long BytesAbove(long lsn)
    {
        var below = _marks.LastOrDefault(mark => mark.Lsn <= lsn, _base);
        var above = _marks.FirstOrDefault(mark => mark.Lsn > lsn, _last);
        if (above.Lsn <= lsn || lsn < below.Lsn)
        {
            return lsn < below.Lsn ? _last.Bytes - below.Bytes : 0;
        }

        var share = (double)(lsn - below.Lsn) / (above.Lsn - below.Lsn);
        return _last.Bytes - below.Bytes - (long)(share * (above.Bytes - below.Bytes));
    }
}

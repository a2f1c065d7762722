using System.Diagnostics;

namespace KvStore.Node.Replication.Core;

/// <summary>LSNs from <paramref name="Start"/> to <paramref name="End"/>, both included.</summary>
internal readonly record struct LsnRange(long Start, long End)
{
    /// <summary>How many LSNs the range has.</summary>
    public long Count => End - Start + 1;
}

/// <summary>
/// A set of LSNs as sorted, disjoint ranges that do not touch, so that what a replica holds costs memory by the number of
/// its gaps and not of its entries (BOUNDED). The holdings of a replica are one such set; its watermark is the end of the
/// range that begins at 1.
/// </summary>
internal sealed class LsnRangeSet
{
    private readonly List<LsnRange> _ranges = [];

    /// <summary>An empty set, or one that holds <paramref name="ranges"/> (in any order).</summary>
    public LsnRangeSet(params IEnumerable<LsnRange> ranges)
    {
        foreach (var range in ranges)
        {
            Add(range);
        }
    }

    /// <summary>The ranges, ascending.</summary>
    public IReadOnlyList<LsnRange> Ranges => _ranges;

    /// <summary>How many LSNs the set holds.</summary>
    public long Count { get; private set; }

    /// <summary>Whether the set holds nothing.</summary>
    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>The highest LSN up to which the set has everything from 1 on; 0 when it lacks 1.</summary>
    public long Watermark => _ranges is [{ Start: 1 } first, ..] ? first.End : 0;

    /// <summary>The highest LSN of the set; 0 when it is empty.</summary>
    public long Max => _ranges is [.., var last] ? last.End : 0;

    /// <summary>The lowest LSN of the set; 0 when it is empty.</summary>
    public long Min => _ranges is [var first, ..] ? first.Start : 0;

    /// <summary>Whether <paramref name="lsn"/> is in the set.</summary>
    public bool Contains(long lsn) => EndOfRunAt(lsn) is not null;

    /// <summary>The end of the range that holds <paramref name="lsn"/>, or null when the set lacks it.</summary>
    public long? EndOfRunAt(long lsn)
    {
        var at = FirstEndingAtOrAfter(lsn);
        return at < _ranges.Count && _ranges[at].Start <= lsn ? _ranges[at].End : null;
    }

    /// <summary>Adds one LSN.</summary>
    /// <returns>Whether it was new.</returns>
    public bool Add(long lsn)
    {
        var before = Count;
        Add(new LsnRange(lsn, lsn));
        return Count != before;
    }

    /// <summary>Adds a range; what of it is there already stays.</summary>
    public void Add(LsnRange range)
    {
        Debug.Assert(range.Start is > 0 && range.Start <= range.End, "a range of LSNs begins at 1 or later and is not empty");

        // Everything that overlaps or touches the new range becomes one range with it.
        var from = FirstEndingAtOrAfter(range.Start - 1);
        var to = from;
        var merged = range;
        while (to < _ranges.Count && _ranges[to].Start <= range.End + 1)
        {
            merged = new LsnRange(Math.Min(merged.Start, _ranges[to].Start), Math.Max(merged.End, _ranges[to].End));
            Count -= _ranges[to].Count;
            to++;
        }

        Replace(from, to, merged);
        Count += merged.Count;
    }

    /// <summary>Adds every LSN that <paramref name="other"/> holds.</summary>
    public void Add(LsnRangeSet other)
    {
        foreach (var range in other._ranges)
        {
            Add(range);
        }
    }

    /// <summary>Removes and returns everything up to <paramref name="lsn"/>.</summary>
    public LsnRangeSet RemoveUpTo(long lsn)
    {
        var removed = new LsnRangeSet(_ranges.TakeWhile(range => range.Start <= lsn).Select(range => range with { End = Math.Min(range.End, lsn) }));
        Remove(removed);
        return removed;
    }

    /// <summary>Removes everything above <paramref name="lsn"/>.</summary>
    public void RemoveAbove(long lsn)
    {
        if (Max > lsn)
        {
            Remove(new LsnRange(lsn + 1, Max));
        }
    }

    /// <summary>Removes a range; what of it is not there stays away.</summary>
    public void Remove(LsnRange range)
    {
        var from = FirstEndingAtOrAfter(range.Start);
        var to = from;
        LsnRange? left = null;
        LsnRange? right = null;
        while (to < _ranges.Count && _ranges[to].Start <= range.End)
        {
            var old = _ranges[to];
            Count -= old.Count;
            left = old.Start < range.Start ? new LsnRange(old.Start, range.Start - 1) : left;
            right = old.End > range.End ? new LsnRange(range.End + 1, old.End) : right;
            to++;
        }

        _ranges.RemoveRange(from, to - from);
        if (right is { } r)
        {
            _ranges.Insert(from, r);
            Count += r.Count;
        }

        if (left is { } l)
        {
            _ranges.Insert(from, l);
            Count += l.Count;
        }
    }

    /// <summary>Removes every LSN that <paramref name="other"/> holds.</summary>
    public void Remove(LsnRangeSet other)
    {
        foreach (var range in other._ranges)
        {
            Remove(range);
        }
    }

    /// <summary>Removes and returns the lowest LSNs, at most <paramref name="countMax"/> of them.</summary>
    public List<long> TakeLowest(int countMax)
    {
        var taken = new List<long>((int)Math.Min(Count, countMax));
        while (taken.Count < countMax && _ranges is [var first, ..])
        {
            var part = first with { End = Math.Min(first.End, first.Start + countMax - taken.Count - 1) };
            for (var lsn = part.Start; lsn <= part.End; lsn++)
            {
                taken.Add(lsn);
            }

            Remove(part);
        }

        return taken;
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        _ranges.Clear();
        Count = 0;
    }

    /// <inheritdoc />
    public override string ToString() => string.Join(',', _ranges.Select(r => r.Start == r.End ? $"{r.Start}" : $"{r.Start}-{r.End}"));

    private void Replace(int from, int to, LsnRange range)
    {
        if (from == to)
        {
            _ranges.Insert(from, range);
            return;
        }

        _ranges[from] = range;
        _ranges.RemoveRange(from + 1, to - from - 1);
    }

    private int FirstEndingAtOrAfter(long lsn)
    {
        // New LSNs arrive at the upper end nearly always.
        if (_ranges.Count == 0 || _ranges[^1].End < lsn)
        {
            return _ranges.Count;
        }

        var (low, high) = (0, _ranges.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].End < lsn)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

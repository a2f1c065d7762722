using KvStore.Node.Replication.Core;

namespace KvStore.Node.Api;

/// <summary>Parts of answers that both roles give.</summary>
internal static class AnswerParts
{
    /// <summary>The ranges of holdings above the watermark.</summary>
    public static IReadOnlyList<RangeInfo> RangesAbove(long watermark, IReadOnlyList<LsnRange> holdings) =>
        [.. holdings.Where(range => range.Start > watermark).Select(range => new RangeInfo(range.Start, range.End))];

    /// <summary>A duration in seconds, to the millisecond.</summary>
    public static double? Seconds(TimeSpan? duration) => duration is { } d ? Math.Round(d.TotalSeconds, 3) : null;
}

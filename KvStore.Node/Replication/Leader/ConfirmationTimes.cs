using System.Runtime.CompilerServices;

namespace KvStore.Node.Replication.Leader;

/// <summary>When each lane's follower confirmed a write. Up to eight followers cost no allocation, since every write has one.</summary>
internal struct ConfirmationTimes
{
    private const int InlineMax = 8;

    private Slots _inline;
    private long[]? _more;

    /// <summary>The timestamp of a lane's confirmation; null while there is none.</summary>
    public long? this[int lane]
    {
        readonly get => lane < InlineMax ? Read(_inline[lane]) : lane - InlineMax < _more?.Length ? Read(_more[lane - InlineMax]) : null;
        set
        {
            // One higher than the timestamp, so that zero is none.
            var stored = value + 1 ?? 0;
            if (lane < InlineMax)
            {
                _inline[lane] = stored;
                return;
            }

            if (lane - InlineMax >= (_more?.Length ?? 0))
            {
                Array.Resize(ref _more, lane - InlineMax + 1);
            }

            _more![lane - InlineMax] = stored;
        }
    }

    /// <summary>The lane that was the last to confirm; null when none has.</summary>
    public readonly int? Latest()
    {
        int? latest = null;
        for (var lane = 0; lane < InlineMax + (_more?.Length ?? 0); lane++)
        {
            if (this[lane] is { } at && (latest is null || at >= this[latest.Value]))
            {
                latest = lane;
            }
        }

        return latest;
    }

    private static long? Read(long stored) => stored == 0 ? null : stored - 1;

    [InlineArray(InlineMax)]
    private struct Slots
    {
        private long _first;
    }
}

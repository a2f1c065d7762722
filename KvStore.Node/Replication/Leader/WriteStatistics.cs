using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// What became of all writes since the leader's start, and of the slowest of late: counted for every write, where traces show
/// some of them. A write costs a lock and a few additions, and allocates nothing unless it is among the slowest.
/// </summary>
/// <param name="lanes">How many followers there are.</param>
/// <param name="time">The clock of the writes' timestamps.</param>
internal sealed class WriteStatistics(int lanes, TimeProvider time)
{
    /// <summary>How many of the slowest are given.</summary>
    public const int SlowestMax = 100;

    private readonly Lock _gate = new();
    private readonly SlowestWrites _slowest = new(time);
    private readonly LatencyHistogram?[] _latency = new LatencyHistogram?[lanes + 1];
    private readonly TimeSpan[] _lagSums = new TimeSpan[lanes + 1];
    private long _writes;
    private long _sampled;
    private LastWrite _last;

    /// <summary>A write was answered, with success or with "unknown". A repetition of an earlier write is no write.</summary>
    /// <returns>The write as it is kept, when it is among the slowest; its later confirmations can be added to it.</returns>
    public SlowWrite? Answered(PendingWrite write, WriteOutcome outcome, TimeSpan latency)
    {
        if (write.IsRepetition || outcome is not (WriteOutcome.Replicated or WriteOutcome.Unknown))
        {
            return null;
        }

        var isSuccess = outcome is WriteOutcome.Replicated;
        lock (_gate)
        {
            _writes++;
            _sampled += write.Trace == default ? 0 : 1;
            if (isSuccess)
            {
                (_latency[write.WriteQuorum] ??= new LatencyHistogram()).Add(latency);
                _lagSums[write.WriteQuorum] += write.WthSmallestLag;
                if (write.Lsn > _last.Lsn) // Answers of one commit come in any order.
                {
                    _last = new LastWrite(write.Lsn, write.WriteQuorum, latency, write.StartedAt, write.QuorumLane, write.Confirmations);
                }
            }

            // One whose number the leader does not have on its disk has none that may be told (ORDER).
            if (outcome is WriteOutcome.Unknown { Lsn: null } || !_slowest.IsSlow(latency))
            {
                return null;
            }

            var slow = new SlowWrite(write, latency, isSuccess, time.GetUtcNow() - latency, lanes, time);
            _slowest.Add(slow);
            return slow;
        }
    }

    /// <summary>All of it as of now.</summary>
    public WriteReading Read()
    {
        lock (_gate)
        {
            var byQuorum = new List<QuorumLatency>();
            for (var quorum = 0; quorum < _latency.Length; quorum++)
            {
                if (_latency[quorum] is { } histogram)
                {
                    byQuorum.Add(new QuorumLatency(quorum, histogram.Count, histogram.Sum, _lagSums[quorum], histogram.Buckets()));
                }
            }

            return new WriteReading(_writes, _sampled, _last.Lsn == 0 ? null : _last, byQuorum, _slowest.Read(SlowestMax));
        }
    }

    /// <summary>The followers that had confirmed a write when it reached its quorum, in the order of their confirmations, with the time since its arrival.</summary>
    public IReadOnlyList<(int Lane, TimeSpan After)> ConfirmedBy(LastWrite write) =>
        [.. Enumerable.Range(0, lanes)
            .Where(lane => write.Confirmations[lane] is not null)
            .OrderBy(lane => write.Confirmations[lane]).ThenBy(lane => lane == write.QuorumLane) // The W-th last, on a coarse clock as well.
            .Select(lane => (lane, time.GetElapsedTime(write.StartedAt, write.Confirmations[lane]!.Value)))];
}

/// <summary>The newest write that was answered with success.</summary>
/// <param name="Lsn">Its number; 0 for none.</param>
/// <param name="WriteQuorum">Its W.</param>
/// <param name="Latency">From its arrival to its answer.</param>
/// <param name="StartedAt">The timestamp of its arrival.</param>
/// <param name="QuorumLane">The lane whose confirmation was the W-th.</param>
/// <param name="Confirmations">When each follower confirmed it, up to the W-th.</param>
internal readonly record struct LastWrite(
    long Lsn, int WriteQuorum, TimeSpan Latency, long StartedAt, int? QuorumLane, ConfirmationTimes Confirmations);

/// <summary>Successful writes with one quorum, since the leader's start.</summary>
/// <param name="WriteQuorum">W.</param>
/// <param name="Count">How many.</param>
/// <param name="Sum">The sum of their latencies.</param>
/// <param name="LagSum">The sum of the W-th smallest lag drawn for each.</param>
/// <param name="Buckets">The latencies.</param>
internal sealed record QuorumLatency(int WriteQuorum, long Count, TimeSpan Sum, TimeSpan LagSum, IReadOnlyList<LatencyBucket> Buckets);

/// <summary>One reading of <see cref="WriteStatistics"/>.</summary>
/// <param name="Writes">Answered with success or with "unknown".</param>
/// <param name="Sampled">How many of them have a trace.</param>
/// <param name="Last">The newest with success; null before the first.</param>
/// <param name="ByQuorum">The successful ones by their W.</param>
/// <param name="Slowest">The slowest of the last minutes, slowest first.</param>
internal sealed record WriteReading(
    long Writes, long Sampled, LastWrite? Last, IReadOnlyList<QuorumLatency> ByQuorum, IReadOnlyList<SlowWrite> Slowest);

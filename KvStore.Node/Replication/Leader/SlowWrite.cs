namespace KvStore.Node.Replication.Leader;

/// <summary>One of the slowest writes of its time: what a person needs to see whom it waited for.</summary>
/// <param name="write">The write, with its answer. Its value is not kept.</param>
/// <param name="latency">From its arrival to its answer.</param>
/// <param name="isSuccess">Whether it had its quorum; otherwise its outcome is unknown.</param>
/// <param name="arrivedAt">When it arrived.</param>
/// <param name="lanes">How many followers there are.</param>
/// <param name="time">The clock that the confirmations' timestamps are of.</param>
internal sealed class SlowWrite(PendingWrite write, TimeSpan latency, bool isSuccess, DateTimeOffset arrivedAt, int lanes, TimeProvider time)
{
    private readonly long _startedAt = write.StartedAt;
    private readonly TimeSpan[]? _delays = write.Delays;
    private ConfirmationTimes _confirmations = write.Confirmations;

    /// <summary>The write's number.</summary>
    public long Lsn { get; } = write.Lsn;

    /// <summary>The key's bytes.</summary>
    public byte[] Key { get; } = write.Key;

    /// <summary>W of the write.</summary>
    public int WriteQuorum { get; } = write.WriteQuorum;

    /// <summary>When it arrived.</summary>
    public DateTimeOffset ArrivedAt { get; } = arrivedAt;

    /// <summary>From its arrival to its answer.</summary>
    public TimeSpan Latency { get; } = latency;

    /// <summary>Whether it had its quorum; otherwise its outcome is unknown.</summary>
    public bool IsSuccess { get; } = isSuccess;

    /// <summary>The lane whose confirmation was the W-th; null when there was none, or when the answer did not wait for it.</summary>
    public int? QuorumLane { get; } = isSuccess ? write.QuorumLane : null;

    /// <summary>The write's trace, in hexadecimal; null when it was not sampled.</summary>
    public string? TraceId { get; } = write.Trace == default ? null : write.Trace.TraceId.ToHexString();

    /// <summary>Whether every follower has confirmed it.</summary>
    public bool IsConfirmedByAll => Enumerable.Range(0, lanes).All(lane => _confirmations[lane] is not null);

    /// <summary>The lane's follower has confirmed the write. The first time counts.</summary>
    public void Confirmed(int lane, long at) => _confirmations[lane] ??= at;

    /// <summary>The simulated lag drawn for a lane.</summary>
    public TimeSpan LagOf(int lane) => _delays?[lane] ?? TimeSpan.Zero;

    /// <summary>From the write's arrival to a follower's confirmation; null when it is not known to have confirmed.</summary>
    public TimeSpan? ConfirmedAfter(int lane) => _confirmations[lane] is { } at ? time.GetElapsedTime(_startedAt, at) : null;
}

using System.Diagnostics;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Replication.Leader;

/// <summary>What became of a write (HONEST).</summary>
internal abstract record WriteOutcome
{
    /// <summary>W of the write; that of the earlier one when the write repeats it.</summary>
    public int WriteQuorum { get; init; }

    /// <summary>The counter of the epoch in which the write was made.</summary>
    public long Epoch { get; init; }

    /// <summary>The leader and <paramref name="ReplicatedTo"/> followers have it on disk, at least its quorum.</summary>
    public sealed record Replicated(long Lsn, int ReplicatedTo) : WriteOutcome;

    /// <summary>It is, or may be, in the leader's log, and the quorum was not reached in time; it may still spread.</summary>
    /// <param name="Lsn">Its number; null when not even the leader's own commit has ended well.</param>
    /// <param name="ReplicatedTo">How many followers were known to hold it.</param>
    /// <param name="Reason">What went wrong, in words.</param>
    public sealed record Unknown(long? Lsn, int ReplicatedTo, string Reason) : WriteOutcome;

    /// <summary>Nothing was logged; it is safe to try again.</summary>
    public sealed record Rejected(string Reason) : WriteOutcome;

    /// <summary>A delete of a key that has no value; nothing was logged.</summary>
    public sealed record KeyNotFound : WriteOutcome;

    /// <summary>Another write, at <paramref name="Lsn"/>, has the same idempotency key; nothing was logged.</summary>
    public sealed record KeyReused(long Lsn) : WriteOutcome;
}

/// <summary>A write on its way through the leader.</summary>
/// <param name="kind">Put or delete.</param>
/// <param name="key">The key's bytes.</param>
/// <param name="value">The value's bytes; empty in a delete.</param>
/// <param name="writeQuorum">W, read once, when the write started.</param>
/// <param name="trace">The write's server span; default when it is not sampled.</param>
/// <param name="idempotencyKey">What the client names the write by, so that a repetition is the same write; null for none.</param>
internal sealed class PendingWrite(
    EntryKind kind, byte[] key, byte[] value, int writeQuorum, ActivityContext trace = default, string? idempotencyKey = null)
{
    private const int Waiting = 0;
    private const int Numbered = 1;
    private const int Withdrawn = 2;

    // Whoever waits sends the answer, and nothing more, so the thread that completes the write does it in place.
    private readonly TaskCompletionSource<WriteOutcome> _outcome = new();
    private int _state;
    private ConfirmationTimes _confirmations;

    /// <summary>Put or delete.</summary>
    public EntryKind Kind { get; } = kind;

    /// <summary>The key's bytes.</summary>
    public byte[] Key { get; } = key;

    /// <summary>The value's bytes.</summary>
    public byte[] Value { get; } = value;

    /// <summary>The size of key and value.</summary>
    public long Bytes => Key.Length + Value.Length;

    /// <summary>W of this write.</summary>
    public int WriteQuorum { get; private set; } = writeQuorum;

    /// <summary>The counter of the epoch in which the write was made, when that is an earlier one's; null for this leader's.</summary>
    public long? EarlierEpoch { get; private set; }

    /// <summary>The write's server span.</summary>
    public ActivityContext Trace { get; } = trace;

    /// <summary>What the client names the write by; null for none.</summary>
    public string? IdempotencyKey { get; } = idempotencyKey;

    /// <summary>The write's LSN; 0 before it has one. It may be told to nobody before the leader has the entry on its disk.</summary>
    public long Lsn { get; set; }

    /// <summary>Whether the client has its answer, or has gone away, so that nobody waits for the quorum.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Another request that waits for the quorum of the same entry.</summary>
    public PendingWrite? NextWaiting { get; set; }

    /// <summary>When the write arrived, as a timestamp of the leader's clock.</summary>
    public long StartedAt { get; init; }

    /// <summary>Whether the write is one that the log held already.</summary>
    public bool IsRepetition => EarlierEpoch is not null;

    /// <summary>The simulated lag drawn for each lane; null when there is none.</summary>
    public TimeSpan[]? Delays { get; set; }

    /// <summary>The W-th smallest of the lags drawn for the write.</summary>
    public TimeSpan WthSmallestLag { get; set; }

    /// <summary>When each lane's follower confirmed the write, up to the one that completed its quorum.</summary>
    public ref ConfirmationTimes Confirmations => ref _confirmations;

    /// <summary>The lane whose confirmation completed the quorum, or was the last when the leader's own fsync was later; null before.</summary>
    public int? QuorumLane { get; set; }

    /// <summary>Ends with the write's outcome; the time limit is the caller's.</summary>
    public Task<WriteOutcome> Outcome => _outcome.Task;

    /// <summary>Takes the write into the log, from where nothing calls it back.</summary>
    /// <returns>False when it was withdrawn before.</returns>
    public bool TryNumber() => Interlocked.CompareExchange(ref _state, Numbered, Waiting) == Waiting;

    /// <summary>The write is one that the log holds already: that one's quorum and epoch are its own.</summary>
    public void Repeats(int writeQuorum, long epoch) => (WriteQuorum, EarlierEpoch) = (writeQuorum, epoch);

    /// <summary>Calls the write back before it has a number.</summary>
    /// <returns>False when it is too late.</returns>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    /// <summary>Tells whoever waits. The first outcome counts. The answer is sent by the caller's thread, which must hold no lock.</summary>
    public void Complete(WriteOutcome outcome) => _outcome.TrySetResult(outcome);
}

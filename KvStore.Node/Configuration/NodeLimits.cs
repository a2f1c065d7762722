using KvStore.Node.Replication.Core;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Node.Configuration;

/// <summary>The limits of a node (BOUNDED). Each is a variable, with the default that stands here.</summary>
internal sealed record NodeLimits
{
    /// <summary><c>MAX_CONNECTIONS</c>: connections at once.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary><c>MAX_REQUEST_BYTES</c>: the body of a write; 1 MiB of value, every byte escaped as \u00XX, and its key.</summary>
    public long RequestBytesMax { get; init; } = 8 << 20;

    /// <summary><c>MAX_STATE_STREAMS</c>: answers with the whole state at once.</summary>
    public int StateStreamsMax { get; init; } = 2;

    /// <summary><c>MAX_WRITES_IN_FLIGHT</c>: on a leader, writes from their arrival to their answer.</summary>
    public int WritesInFlightMax { get; init; } = 10_000;

    /// <summary><c>MAX_WRITE_BYTES_IN_FLIGHT</c>: their keys and values.</summary>
    public long WriteBytesInFlightMax { get; init; } = 256L << 20;

    /// <summary><c>MAX_COMMIT_ENTRIES</c>: entries in one commit of the leader.</summary>
    public int CommitEntriesMax { get; init; } = 1024;

    /// <summary><c>MAX_COMMIT_BYTES</c>: bytes in one commit of the leader, exceeded by at most its last entry.</summary>
    public long CommitBytesMax { get; init; } = 4 << 20;

    /// <summary><c>MAX_RECENT_BYTES</c>: the newest entries, kept in memory for all lanes.</summary>
    public long RingBytesMax { get; init; } = 32 << 20;

    /// <summary><c>MAX_BATCH_BYTES</c>: entries in one message to a follower, exceeded by at most the first one.</summary>
    public long BatchBytesMax { get; init; } = 4 << 20;

    /// <summary><c>MAX_SNAPSHOT_PART_BYTES</c>: keys and values in one part of a snapshot, exceeded by at most the last one.</summary>
    public long SnapshotPartBytesMax { get; init; } = 256 << 10;

    /// <summary><c>MAX_FOLLOWER_MESSAGES</c>: on a follower, messages that wait for its disk.</summary>
    public int FollowerMessagesMax { get; init; } = 64;

    /// <summary><c>MAX_GAPS</c>: on a follower, the ranges of entries that it keeps account of.</summary>
    public int GapsMax { get; init; } = 65_536;

    /// <summary><c>LANE_…</c>: what one follower may have waiting and under way.</summary>
    public LaneLimits Lane { get; init; } = new();

    /// <summary><c>LOG_…</c>: how long the leader's log is kept.</summary>
    public LogLimits Log { get; init; } = new();

    /// <summary><c>ROCKSDB_…</c>: what the database takes of memory and disk for itself.</summary>
    public RocksDbLimits RocksDb { get; init; } = new();
}

namespace KvStore.Node.Storage;

/// <summary>The names in the <c>meta</c> family; the values are text.</summary>
internal static class MetaKeys
{
    public const string FormatVersion = "format_version";
    public const string NodeId = "node_id";
    public const string StoreId = "store_id";
    public const string ClusterId = "cluster_id";
    public const string Epoch = "epoch";

    /// <summary>Where the epochs of the leader's log begin, as this replica last heard of them.</summary>
    public const string EpochHistory = "epoch_history";

    /// <summary>There when this is a copy, of which the next leader tells its followers.</summary>
    public const string Copy = "copy";

    /// <summary>On a follower, an LSN up to which the leader is known to have had everything on its disk.</summary>
    public const string LeaderDurable = "leader_durable";

    public const string Standalone = "standalone";

    /// <summary>An LSN up to which this replica has everything: a lower bound, so that opening need not read the whole log.</summary>
    public const string Watermark = "watermark";

    /// <summary>An LSN up to which every entry has its quorum: a lower bound as well.</summary>
    public const string CommitLsn = "commit_lsn";

    /// <summary>Precedes the name of a setting that was changed at run time.</summary>
    public const string SettingPrefix = "setting/";

    /// <summary>Precedes a follower's node id; the value is the store id that it last had.</summary>
    public const string FollowerStorePrefix = "follower_store/";

    /// <summary>The log holds nothing up to this LSN any more.</summary>
    public const string Cut = "cut";

    /// <summary>Which of the two data families is active.</summary>
    public const string ActiveData = "active_data";

    /// <summary>The snapshot that is being taken in, and how far it is.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Precedes an LSN of the log, in 19 digits; the value says how many bytes the log has up to it, and when it was committed.</summary>
    public const string LogMarkPrefix = "log_mark/";

    /// <summary>
    /// Precedes an idempotency key, a space and the LSN of its write, in 19 digits. A row for each write, so that cutting one
    /// write cannot touch what a later one with the same key has put there.
    /// </summary>
    public const string IdempotentPrefix = "idempotent/";
}

namespace KvStore.Node.Telemetry;

/// <summary>The node's log messages: 1xx start and stop, 2xx leader, 3xx lanes, 4xx follower.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "{Role} {NodeId} opened its store {StoreId} in {DataDirectory}")]
    public static partial void StoreOpened(this ILogger logger, string role, string nodeId, string storeId, string dataDirectory);

    [LoggerMessage(102, LogLevel.Information, "Listening on {Addresses}")]
    public static partial void Listening(this ILogger logger, string addresses);

    [LoggerMessage(101, LogLevel.Warning, "No CLUSTER_SECRET is set: whoever reaches this node can replicate to it and administer it")]
    public static partial void NoClusterSecret(this ILogger logger);

    [LoggerMessage(103, LogLevel.Information, "A backup was made in {Path}, complete up to LSN {LastLsn}")]
    public static partial void BackedUp(this ILogger logger, string path, long lastLsn);

    [LoggerMessage(104, LogLevel.Error, "The log could not be cut; it is tried again")]
    public static partial void CutFailed(this ILogger logger, Exception exception);

    [LoggerMessage(200, LogLevel.Information, "Leading cluster {ClusterId} in epoch {Epoch} from LSN {LastLsn} on, commit LSN {CommitLsn}, write quorum {WriteQuorum}")]
    public static partial void Leading(this ILogger logger, string clusterId, string epoch, long lastLsn, long commitLsn, int writeQuorum);

    [LoggerMessage(201, LogLevel.Error, "A commit failed. No write is taken until this node is restarted")]
    public static partial void CommitFailed(this ILogger logger, Exception exception);

    [LoggerMessage(202, LogLevel.Information, "{Name} is {Stored}, as it was changed at run time; the environment says {Configured}")]
    public static partial void StoredSettingInForce(this ILogger logger, string name, string stored, string configured);

    [LoggerMessage(203, LogLevel.Warning, "{Name} is {Configured}, as the environment says now; the change to {Stored} at run time was made under another value and is void")]
    public static partial void ConfiguredSettingWins(this ILogger logger, string name, string configured, string stored);

    [LoggerMessage(204, LogLevel.Warning, "{Name} is {Configured}, as the environment says; the change to {Stored} at run time does not fit the number of followers, or the write timeout")]
    public static partial void StoredSettingVoid(this ILogger logger, string name, string stored, string configured);

    [LoggerMessage(205, LogLevel.Information, "Write quorum changed from {OldQuorum} to {NewQuorum}")]
    public static partial void QuorumChanged(this ILogger logger, int oldQuorum, int newQuorum);

    [LoggerMessage(206, LogLevel.Information, "Simulated lag changed to {MinMs}-{MaxMs} ms")]
    public static partial void LagChanged(this ILogger logger, int minMs, int maxMs);

    [LoggerMessage(207, LogLevel.Warning, "The replication of {Follower} was {Change}")]
    public static partial void ReplicationPaused(this ILogger logger, string follower, string change);

    [LoggerMessage(300, LogLevel.Information, "{Follower} follows (store {StoreId}): complete up to LSN {Watermark}, {Missing} entries to catch up")]
    public static partial void FollowerReplicates(this ILogger logger, string follower, string storeId, long watermark, long missing);

    [LoggerMessage(301, LogLevel.Warning, "{Follower} came back with another store, {StoreId} in place of {OldStoreId}: its disk was wiped, and it gets everything anew")]
    public static partial void FollowerWiped(this ILogger logger, string follower, string storeId, string oldStoreId);

    [LoggerMessage(302, LogLevel.Warning, "{Follower} does not follow: {Error}")]
    public static partial void FollowerLost(this ILogger logger, string follower, string error);

    [LoggerMessage(303, LogLevel.Error, "This leader takes no writes: {Objection}")]
    public static partial void ObjectedTo(this ILogger logger, string objection);

    [LoggerMessage(304, LogLevel.Information, "{Follower} is new (store {StoreId})")]
    public static partial void FollowerNew(this ILogger logger, string follower, string storeId);

    [LoggerMessage(305, LogLevel.Information, "{Follower} needs a snapshot: it is complete up to LSN {Watermark}, lacks {Missing} entries, and the log does not reach back to them")]
    public static partial void FollowerNeedsSnapshot(this ILogger logger, string follower, long watermark, long missing);

    [LoggerMessage(306, LogLevel.Information, "{Follower} has taken in the snapshot at LSN {Lsn}, with {Keys} keys")]
    public static partial void SnapshotSent(this ILogger logger, string follower, long lsn, long keys);

    [LoggerMessage(307, LogLevel.Error, "Sending to {Follower} failed in a way that nobody foresaw; the lane begins anew")]
    public static partial void SendFaulted(this ILogger logger, string follower, Exception exception);

    [LoggerMessage(308, LogLevel.Information, "{Follower} is {State}: {Cause}")]
    public static partial void FollowerIs(this ILogger logger, string follower, string state, string cause);

    [LoggerMessage(400, LogLevel.Information, "Following cluster {ClusterId} in epoch {Epoch}")]
    public static partial void Following(this ILogger logger, string clusterId, string epoch);

    [LoggerMessage(401, LogLevel.Warning, "Refused a message of epoch {Epoch} from cluster {ClusterId}: {Detail}")]
    public static partial void MessageRefused(this ILogger logger, string epoch, string clusterId, string detail);

    [LoggerMessage(402, LogLevel.Error, "A commit failed. No entry is taken until this node is restarted")]
    public static partial void FollowerCommitFailed(this ILogger logger, Exception exception);

    [LoggerMessage(403, LogLevel.Warning, "Took an entry by hand: this store is standalone from now on, and no leader will accept it")]
    public static partial void BecameStandalone(this ILogger logger);

    [LoggerMessage(404, LogLevel.Information, "Taking in a snapshot of the leader's state at LSN {Lsn}; the old state is served meanwhile")]
    public static partial void SnapshotBegins(this ILogger logger, long lsn);

    [LoggerMessage(405, LogLevel.Information, "The snapshot at LSN {Lsn} is in place, with {Keys} keys")]
    public static partial void SnapshotInstalled(this ILogger logger, long lsn, long keys);

    [LoggerMessage(406, LogLevel.Warning, "A stream of entries was ended, since what came is not of the replication protocol: {Reason}")]
    public static partial void StreamEnded(this ILogger logger, string reason);

    [LoggerMessage(407, LogLevel.Warning, "Gave up {Entries} entries above LSN {Lsn}: the leader died before it had them on its own disk, so none was acknowledged")]
    public static partial void TailGivenUp(this ILogger logger, int entries, long lsn);

    [LoggerMessage(501, LogLevel.Error, "The answer to POST {Path} failed")]
    public static partial void RequestFailed(this ILogger logger, string path, Exception exception);
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KvStore.Node.Api;

/// <summary><c>GET /</c> on a leader.</summary>
internal sealed record LeaderInfo(
    string Role, string Id, int Pid, IReadOnlyList<string> Followers, int WriteQuorum, string ClusterId, string StoreId, long Epoch,
    long LastLsn, long CommitLsn);

/// <summary><c>GET /</c> on a follower.</summary>
internal sealed record FollowerInfo(string Role, string Id, int Pid, string? Leader, string? ClusterId, string StoreId, long? Epoch, long Watermark);

/// <summary><c>GET /health</c>.</summary>
internal sealed record HealthInfo(string Status, string Role, string? Id, string? Detail, IReadOnlyList<string>? Reasons);

/// <summary><c>GET /keys/{key}</c>.</summary>
internal sealed record KeyInfo(string Key, string Value, long Version);

/// <summary>A write or delete that has its quorum.</summary>
internal sealed record WriteInfo(
    string Status, string Key, string? Value, int ReplicatedTo, int TotalFollowers, int WriteQuorum, double LatencySeconds, long Version, long Epoch);

/// <summary><c>GET /writes/{version}</c>.</summary>
internal sealed record WriteStatusInfo(long Version, string Key, string Kind, int ReplicatedTo, int WriteQuorum, bool Committed, long Epoch);

/// <summary><c>GET /config/quorum</c>.</summary>
internal sealed record QuorumInfo(int Quorum, int TotalFollowers);

/// <summary><c>POST /config/quorum</c>.</summary>
internal sealed record QuorumChange(string Status, int OldQuorum, int NewQuorum, int TotalFollowers);

/// <summary><c>/config/lag</c>.</summary>
internal sealed record LagInfo(int MinDelayMs, int MaxDelayMs);

/// <summary>LSNs from start to end, both included.</summary>
internal sealed record RangeInfo(long Start, long End);

/// <summary>A snapshot on its way: the LSN whose state it is, and how many keys the follower has taken in.</summary>
internal sealed record SnapshotInfo(long Lsn, long Keys);

/// <summary>One follower in <c>GET /replication</c> on the leader.</summary>
/// <param name="State"><c>healthy</c>, <c>catching-up</c>, <c>snapshot</c>, <c>falling-behind</c>, <c>stalled</c> or <c>unreachable</c>.</param>
/// <param name="Cause">Why it is in that state, in words; absent when it is healthy.</param>
/// <param name="Mode">What its lane does: <c>probe</c>, <c>replicate</c>, <c>snapshot</c>.</param>
/// <param name="LagBytes">About how many bytes of entries lie above its watermark.</param>
/// <param name="LagSeconds">The age of the oldest entry that it lacks.</param>
/// <param name="EntriesPerSecond">What it has confirmed over the last five seconds.</param>
/// <param name="SecondsToCatchUp">How long it will need at that rate; absent when it lacks nothing or does not come closer.</param>
internal sealed record LaneInfo(
    string? Id, string Address, string State, string? Cause, string Mode, bool Paused, string? StoreId, long Watermark, IReadOnlyList<RangeInfo> HeldAbove,
    long LagEntries, long LagBytes, double LagSeconds, int InFlight, double EntriesPerSecond, double? SecondsToCatchUp, double? SecondsSinceContact,
    SnapshotInfo? Snapshot, string? LastError);

/// <summary><c>GET /replication</c> on the leader.</summary>
internal sealed record LeaderReplicationInfo(
    string Role, string ClusterId, long Epoch, long LastLsn, long CommitLsn, long CutLsn, int WriteQuorum, IReadOnlyList<LaneInfo> Followers);

/// <summary><c>GET /replication</c> on a follower.</summary>
internal sealed record FollowerReplicationInfo(
    string Role, string Id, string StoreId, string? ClusterId, long? Epoch, bool Standalone, long Watermark, IReadOnlyList<RangeInfo> HeldAbove,
    long CutLsn, long LeaderLsn, long LagEntries, double? SecondsSinceContact, SnapshotInfo? Snapshot);

/// <summary><c>GET /replication/writes</c>: the writes since the leader's start. Two readings, subtracted, tell of the time between them.</summary>
/// <param name="Writes">Answered with success or <c>unknown</c>; repetitions under an idempotency key count once.</param>
/// <param name="Sampled">How many of these have a trace.</param>
/// <param name="MinDelayMs">The simulated lag in force.</param>
/// <param name="MaxDelayMs">The simulated lag in force.</param>
/// <param name="WriteQuorum">W in force.</param>
/// <param name="Last">The newest that had its quorum; absent before the first.</param>
/// <param name="Latency">The successful ones, by their W.</param>
/// <param name="Slowest">The slowest of each ten seconds of the last five minutes, slowest first, at most 100; traced or not.</param>
internal sealed record WriteStatisticsInfo(
    long Writes, long Sampled, int MinDelayMs, int MaxDelayMs, int WriteQuorum, LastWriteInfo? Last, IReadOnlyList<QuorumLatencyInfo> Latency,
    IReadOnlyList<SlowWriteInfo> Slowest);

/// <summary>The newest write that had its quorum.</summary>
/// <param name="ConfirmedBy">Who had confirmed it at its quorum, in the order of the confirmations: the last is the one waited for.</param>
internal sealed record LastWriteInfo(long Version, int WriteQuorum, double LatencySeconds, IReadOnlyList<ConfirmationInfo> ConfirmedBy);

/// <summary>A confirmation, in seconds since the write's arrival.</summary>
internal sealed record ConfirmationInfo(string Follower, double Seconds);

/// <summary>The successful writes with one W.</summary>
/// <param name="LagSumSeconds">The sum of the W-th smallest simulated lag drawn for each.</param>
/// <param name="Buckets">Those that are not empty. They are fine: an upper bound is at most 6.25 % above the lower one from 32 µs on.</param>
internal sealed record QuorumLatencyInfo(
    int WriteQuorum, long Count, double SumSeconds, double LagSumSeconds, IReadOnlyList<LatencyBucketInfo> Buckets);

/// <summary>How many latencies lie below a bound, and not in an earlier bucket.</summary>
internal sealed record LatencyBucketInfo(double UpToSeconds, long Count);

/// <summary>A slow write.</summary>
/// <param name="At">When it arrived.</param>
/// <param name="Outcome"><c>success</c> or <c>unknown</c>.</param>
/// <param name="WaitedFor">The follower whose confirmation was the W-th; absent when it is unknown.</param>
/// <param name="TraceId">Absent when it was not sampled.</param>
internal sealed record SlowWriteInfo(
    long Version, string Key, DateTime At, int WriteQuorum, string Outcome, double LatencySeconds, string? WaitedFor, string? TraceId,
    IReadOnlyList<SlowFollowerInfo> Followers);

/// <summary>A follower's part in a slow write.</summary>
/// <param name="LagSeconds">The simulated lag drawn for it.</param>
/// <param name="ConfirmedAfterSeconds">From the write's arrival to its confirmation, which may be later than the answer; absent when none is known.</param>
internal sealed record SlowFollowerInfo(string Follower, double LagSeconds, double? ConfirmedAfterSeconds);

/// <summary><c>GET /replication/digest</c>: of the live keys whose version lies in the range.</summary>
internal sealed record DigestInfo(long Watermark, long From, long? To, long Count, string Digest);

/// <summary><c>POST /admin/replication/{follower}/pause</c> and <c>/resume</c>.</summary>
internal sealed record PauseInfo(string Status, string Follower);

/// <summary><c>POST /admin/backup</c>: where it is, and an LSN up to which it has everything.</summary>
internal sealed record BackupInfo(string Status, string Path, long LastLsn);

/// <summary>The answer to an entry written by hand.</summary>
internal sealed record ReplicatedInfo(string Status);

/// <summary>The body of <c>POST /keys</c>, for the OpenAPI document; it is read by <see cref="JsonFields"/>.</summary>
internal sealed record WriteBody(string Key, string Value);

/// <summary>The body of <c>POST /config/quorum</c>, for the OpenAPI document.</summary>
internal sealed record QuorumBody(int Quorum);

/// <summary>The list of keys, for the OpenAPI document; it is streamed.</summary>
internal sealed record KeysInfo(IReadOnlyList<string> Keys);

/// <summary>The whole state, for the OpenAPI document; it is streamed.</summary>
internal sealed record StateInfo(
    IReadOnlyDictionary<string, string> Store, int KeysCount, IReadOnlyDictionary<string, long> Versions, string? FollowerId);

/// <summary>The JSON of the HTTP contract: snake case, nothing for null, text as it is.</summary>
[JsonSerializable(typeof(LeaderInfo))]
[JsonSerializable(typeof(FollowerInfo))]
[JsonSerializable(typeof(HealthInfo))]
[JsonSerializable(typeof(KeyInfo))]
[JsonSerializable(typeof(WriteInfo))]
[JsonSerializable(typeof(WriteStatusInfo))]
[JsonSerializable(typeof(QuorumInfo))]
[JsonSerializable(typeof(QuorumChange))]
[JsonSerializable(typeof(LagInfo))]
[JsonSerializable(typeof(LeaderReplicationInfo))]
[JsonSerializable(typeof(FollowerReplicationInfo))]
[JsonSerializable(typeof(WriteStatisticsInfo))]
[JsonSerializable(typeof(DigestInfo))]
[JsonSerializable(typeof(PauseInfo))]
[JsonSerializable(typeof(BackupInfo))]
[JsonSerializable(typeof(ReplicatedInfo))]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(WriteBody))]
[JsonSerializable(typeof(QuorumBody))]
[JsonSerializable(typeof(KeysInfo))]
[JsonSerializable(typeof(StateInfo))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Escapes what JSON requires, and what lies beyond U+FFFF; keys and values are any text.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The context that every answer is written with.</summary>
    public static ApiJson Shared { get; } = new(Configure(new JsonSerializerOptions()));

    /// <summary>Sets the rules of the contract.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = Encoder;
        return options;
    }
}

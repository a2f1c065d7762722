using System.Text.Json;
using System.Text.Json.Serialization;

namespace KvStore.Dashboard.Cluster;

/// <summary><c>GET /</c> of any node; what only the other role has is null.</summary>
public sealed record NodeInfo(string Role, string? Id, int? Pid, string? StoreId, long? Epoch, long? LastLsn, long? CommitLsn, long? Watermark);

/// <summary><c>GET /health</c>.</summary>
public sealed record HealthInfo(string Status, string? Detail, IReadOnlyList<string>? Reasons);

/// <summary><c>GET /replication</c> of the leader.</summary>
public sealed record ReplicationInfo(
    long Epoch, long LastLsn, long CommitLsn, long CutLsn, int WriteQuorum, IReadOnlyList<FollowerStatus> Followers);

/// <summary>What the leader says of one follower; see the HTTP contract for each field.</summary>
public sealed record FollowerStatus(
    string? Id, string Address, string State, string? Cause, bool Paused, long Watermark, long LagEntries, long LagBytes, double LagSeconds,
    int InFlight, double EntriesPerSecond, double? SecondsToCatchUp, double? SecondsSinceContact, SnapshotStatus? Snapshot, string? LastError);

/// <summary>A snapshot on its way to a follower.</summary>
public sealed record SnapshotStatus(long Lsn, long Keys);

/// <summary><c>GET /replication/writes</c> of the leader: what its writes have cost.</summary>
/// <param name="Writes">Writes answered since the leader's start.</param>
/// <param name="Sampled">How many of them were traced.</param>
/// <param name="Last">The newest write that has reached its quorum.</param>
/// <param name="Latency">One counter per write quorum, growing since the leader's start.</param>
/// <param name="Slowest">The slowest writes of the last minutes, slowest first.</param>
public sealed record WritesInfo(
    long Writes, long Sampled, int MinDelayMs, int MaxDelayMs, int WriteQuorum, LastWrite? Last,
    IReadOnlyList<LatencyCounter> Latency, IReadOnlyList<SlowWrite> Slowest);

/// <summary>A write with the followers that had confirmed it when it was answered, in that order.</summary>
public sealed record LastWrite(long Version, int WriteQuorum, double LatencySeconds, IReadOnlyList<Confirmation> ConfirmedBy);

/// <summary>A follower's confirmation, so long after the write's arrival.</summary>
public sealed record Confirmation(string Follower, double Seconds);

/// <summary>The latency of successful writes with one write quorum, as counters that only grow.</summary>
/// <param name="LagSumSeconds">The sum of the W-th smallest simulated lag of each write.</param>
/// <param name="Buckets">How many writes took up to so long, and longer than the bucket before; empty ones are left out.</param>
public sealed record LatencyCounter(int WriteQuorum, long Count, double SumSeconds, double LagSumSeconds, IReadOnlyList<LatencyBucket> Buckets);

/// <summary>One bucket of a <see cref="LatencyCounter"/>.</summary>
public sealed record LatencyBucket(double UpToSeconds, long Count);

/// <summary>One of the slowest writes.</summary>
/// <param name="WaitedFor">The follower whose confirmation was the W-th; null when the quorum was not reached.</param>
/// <param name="TraceId">Its trace, when it was sampled.</param>
public sealed record SlowWrite(
    long Version, string Key, DateTimeOffset At, int WriteQuorum, string Outcome, double LatencySeconds, string? WaitedFor, string? TraceId,
    IReadOnlyList<SlowWriteFollower> Followers);

/// <summary>What one follower had to do with a slow write.</summary>
public sealed record SlowWriteFollower(string Follower, double LagSeconds, double? ConfirmedAfterSeconds);

/// <summary><c>GET /replication/digest</c>.</summary>
public sealed record DigestInfo(long Watermark, long Count, string Digest);

/// <summary><c>GET /keys/{key}</c>.</summary>
public sealed record KeyInfo(string Key, string Value, long Version);

/// <summary>The body of <c>POST /keys</c>.</summary>
public sealed record WriteBody(string Key, string Value);

/// <summary><c>POST /keys</c>, also when the quorum was not reached: then there is a <see cref="Detail"/>.</summary>
public sealed record WriteAnswer(long? Version, int? ReplicatedTo, int? TotalFollowers, int? WriteQuorum, double? LatencySeconds, string? Outcome, string? Detail);

/// <summary>The body of <c>POST /config/quorum</c>.</summary>
public sealed record QuorumBody(int Quorum);

/// <summary><c>/config/lag</c>, both ways.</summary>
public sealed record LagBody(int MinDelayMs, int MaxDelayMs);

/// <summary>What a node says when it refuses.</summary>
public sealed record ProblemInfo(string? Detail);

/// <summary>The JSON of the nodes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(HealthInfo))]
[JsonSerializable(typeof(ReplicationInfo))]
[JsonSerializable(typeof(WritesInfo))]
[JsonSerializable(typeof(DigestInfo))]
[JsonSerializable(typeof(KeyInfo))]
[JsonSerializable(typeof(WriteBody))]
[JsonSerializable(typeof(WriteAnswer))]
[JsonSerializable(typeof(QuorumBody))]
[JsonSerializable(typeof(LagBody))]
[JsonSerializable(typeof(ProblemInfo))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class NodeJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace KvStore.Analysis.Cluster;

/// <summary><c>GET /</c>; what only the other role has is null.</summary>
internal sealed record NodeInfo(string Role, string? Id, IReadOnlyList<string>? Followers, long? Watermark);

/// <summary><c>GET /config/quorum</c>.</summary>
internal sealed record QuorumInfo(int Quorum, int TotalFollowers);

/// <summary>The body of <c>POST /config/quorum</c>.</summary>
internal sealed record QuorumBody(int Quorum);

/// <summary><c>/config/lag</c>, both ways.</summary>
internal sealed record LagInfo(int MinDelayMs, int MaxDelayMs);

/// <summary>The body of <c>POST /keys</c>.</summary>
internal sealed record WriteBody(string Key, string Value);

/// <summary>The answer to <c>POST /keys</c>; <see cref="Outcome"/> and <see cref="Detail"/> are there when it failed.</summary>
internal sealed record WriteAnswer(long? Version, int? ReplicatedTo, string? Outcome, string? Detail);

/// <summary><c>GET /replication/digest</c>: equal digests at equal watermarks mean equal stores.</summary>
internal sealed record NodeDigest(long Watermark, long Count, string Digest);

/// <summary><c>GET /state</c>.</summary>
internal sealed record NodeState(IReadOnlyDictionary<string, string> Store, IReadOnlyDictionary<string, long> Versions);

/// <summary><c>GET /replication/writes</c>: what the leader counts of its writes.</summary>
internal sealed record WritesInfo(IReadOnlyList<WriteCounter> Latency);

/// <summary>The successful writes with one write quorum since the leader's start.</summary>
/// <param name="LagSumSeconds">The sum of the W-th smallest simulated lag of each write.</param>
internal sealed record WriteCounter(int WriteQuorum, long Count, double SumSeconds, double LagSumSeconds);

/// <summary><c>GET /replication</c> of the leader.</summary>
internal sealed record ReplicationInfo(IReadOnlyList<FollowerLag> Followers);

/// <summary>What one follower lacks, as the leader sees it.</summary>
/// <param name="Id">Its name; null before it has been greeted.</param>
/// <param name="LagSeconds">The age of the oldest entry that it lacks.</param>
internal sealed record FollowerLag(string? Id, string Address, string State, long LagEntries, long LagBytes, double LagSeconds);

/// <summary>What a node says when it refuses.</summary>
internal sealed record ProblemInfo(string? Detail);

/// <summary>The JSON of the nodes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(QuorumInfo))]
[JsonSerializable(typeof(QuorumBody))]
[JsonSerializable(typeof(LagInfo))]
[JsonSerializable(typeof(WriteBody))]
[JsonSerializable(typeof(WriteAnswer))]
[JsonSerializable(typeof(NodeDigest))]
[JsonSerializable(typeof(NodeState))]
[JsonSerializable(typeof(WritesInfo))]
[JsonSerializable(typeof(ReplicationInfo))]
[JsonSerializable(typeof(ProblemInfo))]
internal sealed partial class NodeJson : JsonSerializerContext;

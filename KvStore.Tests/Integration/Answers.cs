using System.Net;

namespace KvStore.Tests.Integration;

/// <summary>The answer to a write or delete, success or not.</summary>
internal sealed record WriteAnswer(
    HttpStatusCode Code, string? Detail, string? Outcome, long? Version, long? Epoch, int? ReplicatedTo, int? WriteQuorum)
{
    public bool IsAcknowledged => Code == HttpStatusCode.OK;
}

/// <summary><c>GET /keys/{key}</c></summary>
internal sealed record KeyAnswer(string Key, string Value, long Version);

/// <summary><c>GET /state</c></summary>
internal sealed record StateAnswer(Dictionary<string, string> Store, Dictionary<string, long> Versions)
{
    public bool IsSameAs(StateAnswer other) => Same(Store, other.Store) && Same(Versions, other.Versions);

    private static bool Same<T>(Dictionary<string, T> one, Dictionary<string, T> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var value) && Equals(pair.Value, value));
}

/// <summary><c>GET /</c> of either role.</summary>
internal sealed record NodeInfo(string Role, string Id, int Pid, string StoreId, long Epoch, long LastLsn, long Watermark);

/// <summary><c>GET /writes/{version}</c></summary>
internal sealed record WriteStatus(long Version, string Key, int ReplicatedTo, int WriteQuorum, bool Committed);

/// <summary><c>GET /config/lag</c></summary>
internal sealed record LagAnswer(int MinDelayMs, int MaxDelayMs);

/// <summary><c>GET /replication</c> of the leader.</summary>
internal sealed record ReplicationAnswer(IReadOnlyList<LaneAnswer> Followers);

/// <summary>A follower as the leader sees it.</summary>
internal sealed record LaneAnswer(string? Id, string State, string? StoreId, long Watermark, long LagEntries, string? LastError);

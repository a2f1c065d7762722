using System.Text.Json.Serialization;
using KvStore.Analysis.Cluster;

namespace KvStore.Analysis.Consistency;

/// <summary>How a follower's state differs from the leader's, key by key, in the order of the keys.</summary>
/// <param name="Missing">Keys that only the leader has.</param>
/// <param name="Extra">Keys that only the follower has.</param>
/// <param name="Different">Keys that both have, with another version or another value.</param>
internal sealed record StateComparison(IReadOnlyList<string> Missing, IReadOnlyList<string> Extra, IReadOnlyList<string> Different)
{
    private const int NamedKeysMax = 5;

    /// <summary>Whether there is no difference.</summary>
    [JsonIgnore]
    public bool IsIdentical => Missing.Count + Extra.Count + Different.Count == 0;

    /// <summary>Compares two states.</summary>
    public static StateComparison Of(NodeState leader, NodeState follower) => new(
        Only(leader, follower),
        Only(follower, leader),
        [.. leader.Store.Keys.Where(key => follower.Store.ContainsKey(key) && !IsSame(leader, follower, key)).Order(StringComparer.Ordinal)]);

    /// <summary>The differences in words, such as <c>1 missing, 3 different</c>.</summary>
    public override string ToString() => IsIdentical
        ? "nothing"
        : string.Join(", ", new[] { Count(Missing, "missing"), Count(Extra, "extra"), Count(Different, "different") }.OfType<string>());

    /// <summary>The same with the names of some keys.</summary>
    public string ToStringWithKeys() => IsIdentical
        ? "nothing"
        : string.Join("; ", new[] { Name(Missing, "missing"), Name(Extra, "extra"), Name(Different, "different") }.OfType<string>());

    private static string[] Only(NodeState here, NodeState there) => [.. here.Store.Keys.Where(key => !there.Store.ContainsKey(key)).Order(StringComparer.Ordinal)];

    private static bool IsSame(NodeState a, NodeState b, string key) => a.Store[key] == b.Store[key] && a.Versions[key] == b.Versions[key];

    private static string? Count(IReadOnlyList<string> keys, string how) => keys.Count == 0 ? null : $"{keys.Count:N0} {how}";

    private static string? Name(IReadOnlyList<string> keys, string how) =>
        keys.Count == 0 ? null : $"{keys.Count:N0} {how} ({string.Join(", ", keys.Take(NamedKeysMax))}{(keys.Count > NamedKeysMax ? ", …" : "")})";
}

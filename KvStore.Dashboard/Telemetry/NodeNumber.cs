using System.Globalization;

namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// The number in a node's name. The AppHost calls them <c>leader</c>, <c>follower1</c>, …; the pods of Kubernetes' StatefulSets
/// are <c>leader-0</c>, <c>follower-0</c>, ….
/// </summary>
internal static class NodeNumber
{
    private const string Leader = "leader";
    private const string Follower = "follower";

    /// <summary>0 for the leader, and from 1 on for the followers; null for any other name.</summary>
    public static int? Of(string name) => name switch
    {
        Leader or $"{Leader}-0" => 0,
        _ when !name.StartsWith(Follower, StringComparison.Ordinal) => null,
        _ when Whole(name.AsSpan(Follower.Length)) is > 0 and var number => number,
        _ when name.AsSpan(Follower.Length) is ['-', .. var digits] && Whole(digits) is { } index => index + 1,
        _ => null,
    };

    private static int? Whole(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

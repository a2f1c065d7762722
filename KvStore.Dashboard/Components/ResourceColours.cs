using System.Globalization;

namespace KvStore.Dashboard.Components;

/// <summary>A colour of the palette for each resource, the same on every page: the leader's is 0, each follower has its number.</summary>
internal static class ResourceColours
{
    private const int Palette = 8;
    private const int Other = 6;
    private const string Follower = "follower";

    /// <summary>The number of the CSS variable <c>--resource-N</c>.</summary>
    public static int Of(string resource) => resource switch
    {
        "leader" => 0,
        _ when resource.StartsWith(Follower, StringComparison.Ordinal)
            && int.TryParse(resource.AsSpan(Follower.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number % Palette,
        _ => Other,
    };
}

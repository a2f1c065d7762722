using System.Globalization;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>The colours of resources, as the style sheet names them.</summary>
internal static class Palette
{
    /// <summary>The colour of what is not known.</summary>
    public const int Other = 7;

    private const int FirstShared = 6;

    /// <summary>A style that gives an element the colour of a resource, for what in the style sheets asks for <c>--resource</c>.</summary>
    /// <param name="colour">From 0; beyond the palette, colours after the six of the nodes repeat.</param>
    public static string Style(int colour)
    {
        var shown = colour <= Other ? colour : FirstShared + (colour % (Other - FirstShared + 1));
        return string.Create(CultureInfo.InvariantCulture, $"--resource:var(--resource-{shown})");
    }
}

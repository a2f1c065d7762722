using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components;

/// <summary>The colours of resources, as <c>dashboard.css</c> names them.</summary>
internal static class ResourceColour
{
    /// <summary>The colour of what is not known.</summary>
    public const int Unknown = 7;

    private const int Count = 8;
    private const int OfNodes = 6;

    /// <summary>The colour as CSS: <c>var(--resource-2)</c>. Colours beyond the palette share those that no node has.</summary>
    /// <param name="colour">From 0.</param>
    public static string Of(int colour)
    {
        var shown = colour < Count ? colour : OfNodes + (colour % (Count - OfNodes));
        return string.Create(CultureInfo.InvariantCulture, $"var(--resource-{shown})");
    }

    /// <summary>A style that gives an element's <c>.swatch</c> the colour.</summary>
    /// <param name="colour">From 0.</param>
    public static string Style(int colour) => $"--resource: {Of(colour)}";

    /// <summary>The same for a resource of which only the name is known: the leader's is 0, each follower has its number.</summary>
    public static string Style(string resource) => Style(NumberOf(resource));

    /// <summary>The colour of a resource of which only the name is known.</summary>
    public static int NumberOf(string resource) => NodeNumber.Of(resource) ?? OfNodes;
}

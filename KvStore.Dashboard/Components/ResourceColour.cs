using System.Globalization;

namespace KvStore.Dashboard.Components;

/// <summary>The colours of resources, as <c>dashboard.css</c> names them.</summary>
internal static class ResourceColour
{
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
}

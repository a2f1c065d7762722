using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>A line of the list of exemplars.</summary>
public sealed class ExemplarLine
{
    internal ExemplarLine(MetricExemplar exemplar, TelemetryResource resource, MetricUnit unit)
    {
        Address = AddressOf(exemplar);
        ShortId = exemplar.TraceId[..Math.Min(8, exemplar.TraceId.Length)];
        Time = exemplar.At.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        Value = unit.Format(exemplar.Value);
        Resource = resource.Name;
        ColourStyle = ResourceColour.Style(resource.Colour);
        Dimensions = string.Join(", ", exemplar.Dimensions.Select(dimension => $"{dimension.Key} = {dimension.Value}"));
    }

    /// <summary>Of its trace, at its span.</summary>
    public string Address { get; }

    /// <summary>The first digits of the trace's id.</summary>
    public string ShortId { get; }

    /// <summary>When it was measured, in the dashboard's time zone.</summary>
    public string Time { get; }

    /// <summary>What was measured, with its unit.</summary>
    public string Value { get; }

    /// <summary>Who measured it.</summary>
    public string Resource { get; }

    /// <summary>A style that sets the resource's colour.</summary>
    public string ColourStyle { get; }

    /// <summary>The dimensions of its series.</summary>
    public string Dimensions { get; }

    /// <summary>Where an exemplar's trace is shown.</summary>
    internal static string AddressOf(MetricExemplar exemplar) =>
        exemplar.SpanId.Length == 0 ? $"traces/{exemplar.TraceId}" : $"traces/{exemplar.TraceId}?span={exemplar.SpanId}";
}

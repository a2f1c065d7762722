using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>The instruments of a meter, in a list.</summary>
/// <param name="Meter">The meter's name.</param>
/// <param name="Items">By name.</param>
public sealed record InstrumentGroup(string Meter, IReadOnlyList<InstrumentItem> Items);

/// <summary>An instrument in a list.</summary>
/// <param name="Name">For example <c>kvstore.write.duration</c>.</param>
/// <param name="Description">May be empty.</param>
/// <param name="Address">Where it is shown.</param>
/// <param name="IsCurrent">Whether it is shown now.</param>
public sealed record InstrumentItem(string Name, string Description, string Address, bool IsCurrent);

/// <summary>Finds what an address means among the instruments that there are, and what suits where it does not say.</summary>
internal static class InstrumentChoices
{
    private const string FirstInstrument = "kvstore.write.duration";

    /// <summary>
    /// The choice with its resource, meter and instrument filled in: the write duration of the leader where nothing is said, or what is
    /// nearest to it. What is said stays, also when it does not exist.
    /// </summary>
    public static MetricChoice Resolve(MetricChoice choice, IReadOnlyList<InstrumentInfo> instruments)
    {
        var named = instruments
            .Where(i => choice.Instrument.Length == 0 || i.Name == choice.Instrument)
            .Where(i => choice.Meter.Length == 0 || i.Meter == choice.Meter)
            .ToList();
        var ofResource = named.Where(i => choice.Resource is "" or MetricChoice.AllResources || i.Resource.Name == choice.Resource).ToList();
        var best = ofResource
            .OrderBy(i => choice.Instrument.Length == 0 && i.Name == FirstInstrument ? 0 : 1)
            .ThenBy(i => NodeNumber.Of(i.Resource.Name) == 0 ? 0 : 1)
            .ThenBy(i => i.Meter.StartsWith("KvStore", StringComparison.OrdinalIgnoreCase) ? 0 : 1)
            .FirstOrDefault();
        if (best is null)
        {
            return choice with { Meter = choice.Meter.Length > 0 ? choice.Meter : named.FirstOrDefault()?.Meter ?? "" };
        }

        // Of an instrument that the leader lacks, nobody is better than another.
        var resource = choice.Resource.Length > 0 ? choice.Resource
            : NodeNumber.Of(best.Resource.Name) == 0 || ofResource.All(i => i.Resource.Name == best.Resource.Name || i.Name != best.Name || i.Meter != best.Meter) ? best.Resource.Name
            : MetricChoice.AllResources;
        return choice with { Resource = resource, Meter = best.Meter, Instrument = best.Name };
    }

    /// <summary>The list to choose from: what the chosen resource has, by meter.</summary>
    /// <param name="choice">Resolved.</param>
    /// <param name="instruments">Of all resources.</param>
    public static IReadOnlyList<InstrumentGroup> List(MetricChoice choice, IReadOnlyList<InstrumentInfo> instruments) =>
    [
        .. instruments
            .Where(i => choice.Resource is "" or MetricChoice.AllResources || i.Resource.Name == choice.Resource)
            .DistinctBy(i => (i.Meter, i.Name))
            .GroupBy(i => i.Meter)
            .OrderBy(meter => meter.Key.StartsWith("KvStore", StringComparison.OrdinalIgnoreCase) ? 0 : 1)
            .ThenBy(meter => meter.Key, StringComparer.OrdinalIgnoreCase)
            .Select(meter => new InstrumentGroup(meter.Key,
            [
                .. meter.OrderBy(i => i.Name, StringComparer.Ordinal).Select(i => new InstrumentItem(
                    i.Name, i.Description, choice.Of(i.Meter, i.Name).ToAddress(), i.Meter == choice.Meter && i.Name == choice.Instrument)),
            ])),
    ];
}

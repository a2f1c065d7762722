using System.Diagnostics.CodeAnalysis;

namespace KvStore.Dashboard.Telemetry;

/// <summary>A process that sends telemetry. There is one object for each service name and instance id.</summary>
[SuppressMessage("Naming", "CA1724", Justification = "The word of OpenTelemetry.")]
internal sealed class TelemetryResource
{
    /// <summary>Makes a resource; <see cref="TelemetryResources"/> alone does.</summary>
    public TelemetryResource(string name, string instanceId, int colour, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        Name = name;
        InstanceId = instanceId;
        Colour = colour;
        Attributes = attributes;
    }

    /// <summary><c>service.name</c>: <c>leader</c>, <c>follower1</c>, …</summary>
    public string Name { get; }

    /// <summary><c>service.instance.id</c>; empty when the sender gave none.</summary>
    public string InstanceId { get; }

    /// <summary>Which colour of the palette, from 0; the same for all instances of a service. 0 is the leader, followers have their number, others come after. May exceed the palette.</summary>
    public int Colour { get; }

    /// <summary>All attributes, as they came first.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

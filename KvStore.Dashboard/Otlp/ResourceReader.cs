using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Otlp;

/// <summary>Finds the resource that a message speaks of.</summary>
internal sealed class ResourceReader
{
    private readonly TelemetryResources _resources;
    private readonly AttributeReader _attributes;

    /// <summary>Makes a reader.</summary>
    public ResourceReader(TelemetryResources resources, AttributeReader attributes)
    {
        _resources = resources;
        _attributes = attributes;
    }

    /// <summary>The resource of a part of a message.</summary>
    public TelemetryResource Read(Resource? resource)
    {
        var attributes = resource is null ? [] : _attributes.Read(resource.Attributes);
        var name = attributes.Value("service.name");
        return _resources.Get(string.IsNullOrEmpty(name) ? "unknown_service" : name, attributes.Value("service.instance.id") ?? "", attributes);
    }
}

using System.Globalization;
using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Docker;

/// <summary>
/// Addresses and ports as they are between the containers of a compose file, and parameters as variables that compose fills in.
/// Notes which variables were used.
/// </summary>
internal sealed class ComposeFormat : IReferenceFormat
{
    /// <summary>The variables that were used, by name.</summary>
    public Dictionary<string, CapturedEnvironmentVariable> Captured { get; } = [];

    public static string ServiceName(IResource resource) => resource.Name.ToLowerInvariant();

    public string Address(EndpointReference endpoint) =>
        $"http://{ServiceName(endpoint.Resource)}:{Port(endpoint.Resource, endpoint.Resource.GetEndpoint(endpoint.EndpointName))}";

    /// <exception cref="DistributedApplicationException">The endpoint has no port inside the container.</exception>
    public string Port(IResource resource, EndpointAnnotation endpoint) =>
        endpoint.TargetPort?.ToString(CultureInfo.InvariantCulture) ?? throw new DistributedApplicationException(
            $"Endpoint '{endpoint.Name}' of resource '{resource.Name}' has no targetPort, and a container needs one. Give it one where it is published.");

    public string Value(ParameterResource parameter) =>
        Capture(parameter.Name, $"Parameter {parameter.Name}", parameter.Default is ConstantParameterDefault constant ? constant.GetDefaultValue() : null);

    public string Image(IResource resource) => Capture($"{resource.Name}-image", $"Container image name for {resource.Name}", null);

    private string Capture(string name, string description, string? defaultValue)
    {
        var variable = name.Replace('-', '_').ToUpperInvariant();
        Captured[variable] = new() { Name = variable, Description = description, DefaultValue = defaultValue };
        return $"${{{variable}}}";
    }
}

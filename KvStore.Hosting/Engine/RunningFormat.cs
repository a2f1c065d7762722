using System.Globalization;
using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Engine;

/// <summary>Addresses, ports and parameters as they are while the application runs.</summary>
internal sealed class RunningFormat : IReferenceFormat
{
    public static readonly RunningFormat Instance = new();

    /// <exception cref="InvalidOperationException">The application has not been started, so no port is allocated.</exception>
    public string Address(EndpointReference endpoint) => endpoint.Address;

    /// <exception cref="InvalidOperationException">The application has not been started, so no port is allocated.</exception>
    public string Port(IResource resource, EndpointAnnotation endpoint) => endpoint.Url.Port.ToString(CultureInfo.InvariantCulture);

    public string Value(ParameterResource parameter) => parameter.Value;
}

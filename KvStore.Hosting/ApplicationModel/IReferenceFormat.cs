namespace KvStore.Hosting.ApplicationModel;

/// <summary>
/// How addresses, ports and parameters are written: as what they are in an application that runs, as expressions in what is
/// published.
/// </summary>
internal interface IReferenceFormat
{
    /// <exception cref="DistributedApplicationException">The resource has no such endpoint.</exception>
    string Address(EndpointReference endpoint);

    /// <summary>The port that the process itself listens on.</summary>
    string Port(IResource resource, EndpointAnnotation endpoint);

    /// <exception cref="MissingParameterValueException">A value is needed, and neither the configuration nor a default gives one.</exception>
    string Value(ParameterResource parameter);
}

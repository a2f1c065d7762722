namespace KvStore.Hosting.ApplicationModel;

/// <summary>The environment variables that have been said of a resource with the <c>With…</c> methods.</summary>
internal static class ResourceEnvironment
{
    /// <summary>The endpoints that the process finds in one variable for all; each of the others has a variable of its own.</summary>
    public static IEnumerable<EndpointAnnotation> GetSharedEndpoints(this IResource resource) =>
        resource.GetEndpoints().Where(endpoint => endpoint.PortVariable is null);

    /// <summary>Sets every variable, in the order in which they were described. A later one replaces an earlier one of its name.</summary>
    /// <exception cref="DistributedApplicationException">The address of an endpoint that does not exist is wanted.</exception>
    public static void SetDescribedVariables(this IResource resource, IReferenceFormat format, Action<string, string, bool> set)
    {
        foreach (var annotation in resource.Annotations)
        {
            switch (annotation)
            {
                case EnvironmentAnnotation variable:
                    set(variable.Name, variable.Value.Format(format), variable.Value.IsSecret);
                    break;
                case EndpointAnnotation { PortVariable: { } portVariable } endpoint:
                    set(portVariable, format.Port(resource, endpoint), false);
                    break;
                case ReferenceAnnotation reference:
                    SetReference(reference.Resource, format, set);
                    break;
            }
        }
    }

    private static void SetReference(IResourceWithServiceDiscovery source, IReferenceFormat format, Action<string, string, bool> set)
    {
        foreach (var endpoint in source.GetEndpoints())
        {
            var address = format.Address(new EndpointReference(source, endpoint.Name));
            set($"{source.Name}_{endpoint.Name}".Replace('-', '_').ToUpperInvariant(), address, false);
            set($"services__{source.Name}__{endpoint.Name}__0", address, false);
        }
    }
}

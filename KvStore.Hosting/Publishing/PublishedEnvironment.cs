using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Publishing;

/// <summary>The environment variables of a project in what is published.</summary>
internal static class PublishedEnvironment
{
    /// <summary>What every published project gets, as from Aspire's own engine, then what was described.</summary>
    /// <exception cref="DistributedApplicationException">An endpoint does not exist, or has no port inside its container.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Of(ProjectResource project, IReferenceFormat format)
    {
        OrderedDictionary<string, string> variables = new(StringComparer.Ordinal) { ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory" };
        if (project.GetEndpoints().Any())
        {
            variables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        }

        var ports = string.Join(';', project.GetSharedEndpoints().Select(endpoint => format.Port(project, endpoint)));
        if (ports.Length > 0)
        {
            variables["HTTP_PORTS"] = ports;
        }

        project.SetDescribedVariables(format, (name, value, _) => variables[name] = value);
        return variables;
    }
}

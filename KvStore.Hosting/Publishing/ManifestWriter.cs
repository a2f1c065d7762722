using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Publishing;

/// <summary>Writes the application as an Aspire manifest: JSON in which what is not known yet stands as an expression in braces.</summary>
internal sealed class ManifestWriter : IReferenceFormat
{
    private readonly Utf8JsonWriter _json;
    private readonly string _folder;

    private ManifestWriter(Utf8JsonWriter json, string folder)
    {
        _json = json;
        _folder = folder;
    }

    /// <summary>The manifest's text.</summary>
    /// <param name="resources">The application.</param>
    /// <param name="folder">The folder that the manifest will be in: paths are relative to it.</param>
    public static string Write(IReadOnlyList<IResource> resources, string folder)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            new ManifestWriter(json, folder).Write(resources);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public string Address(EndpointReference endpoint) =>
        $"{{{endpoint.Resource.Name}.bindings.{endpoint.Resource.GetEndpoint(endpoint.EndpointName).Name}.url}}";

    public string Port(IResource resource, EndpointAnnotation endpoint) => $"{{{resource.Name}.bindings.{endpoint.Name}.targetPort}}";

    public string Value(ParameterResource parameter) => $"{{{parameter.Name}.value}}";

    private void Write(IReadOnlyList<IResource> resources)
    {
        _json.WriteStartObject();
        _json.WriteStartObject("resources");
        foreach (var resource in resources)
        {
            _json.WriteStartObject(resource.Name);
            switch (resource)
            {
                case ProjectResource project:
                    WriteProject(project);
                    break;
                case ParameterResource parameter:
                    WriteParameter(parameter);
                    break;
                default:
                    _json.WriteString("error", "This resource does not support generation in the manifest.");
                    break;
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void WriteProject(ProjectResource project)
    {
        _json.WriteString("type", "project.v1");
        _json.WriteString("path", Path.GetRelativePath(_folder, project.Project.ProjectPath).Replace('\\', '/'));
        WriteEnvironment(project);
        WriteBindings(project);
    }

    private void WriteEnvironment(ProjectResource project)
    {
        _json.WriteStartObject("env");
        foreach (var (name, value) in PublishedEnvironment.Of(project, this))
        {
            _json.WriteString(name, value);
        }

        _json.WriteEndObject();
    }

    private void WriteBindings(ProjectResource project)
    {
        if (!project.GetEndpoints().Any())
        {
            return;
        }

        _json.WriteStartObject("bindings");
        foreach (var endpoint in project.GetEndpoints())
        {
            _json.WriteStartObject(endpoint.Name);
            _json.WriteString("scheme", "http");
            _json.WriteString("protocol", "tcp");
            _json.WriteString("transport", "http");
            if (endpoint.Port is { } port && port != endpoint.TargetPort)
            {
                _json.WriteNumber("port", port);
            }

            if (endpoint.TargetPort is { } targetPort)
            {
                _json.WriteNumber("targetPort", targetPort);
            }

            if (endpoint.IsExternal)
            {
                _json.WriteBoolean("external", true);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
    }

    private void WriteParameter(ParameterResource parameter)
    {
        _json.WriteString("type", "parameter.v0");
        _json.WriteString("value", $"{{{parameter.Name}.inputs.value}}");
        _json.WriteStartObject("inputs");
        _json.WriteStartObject("value");
        _json.WriteString("type", "string");
        if (parameter.Secret)
        {
            _json.WriteBoolean("secret", true);
        }

        WriteDefault(parameter.Default);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void WriteDefault(ParameterDefault? parameterDefault)
    {
        if (parameterDefault is null)
        {
            return;
        }

        _json.WriteStartObject("default");
        if (parameterDefault is GenerateParameterDefault generate)
        {
            _json.WriteStartObject("generate");
            _json.WriteNumber("minLength", generate.MinLength);
            if (!generate.Special)
            {
                _json.WriteBoolean("special", false);
            }

            _json.WriteEndObject();
        }
        else
        {
            _json.WriteString("value", parameterDefault.GetDefaultValue());
        }

        _json.WriteEndObject();
    }
}

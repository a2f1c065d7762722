using System.Diagnostics;
using System.Runtime.InteropServices;
using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace KvStore.Hosting.Engine;

/// <summary>Says how the process of a project resource is started: the built program, and its environment.</summary>
internal static class ProjectProcess
{
    /// <summary>Tells a process to stop when its standard input ends, which it does when this process dies, however it dies.</summary>
    public const string StopOnStdinEofVariable = "KVSTORE_STOP_ON_STDIN_EOF";

    // What is meant for the AppHost alone. Without it a child runs as Production, on the address given below.
    private static readonly string[] NotInherited =
    [
        "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE",
        "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "DOTNET_URLS", "DOTNET_HTTP_PORTS", "DOTNET_HTTPS_PORTS",
    ];

    private static string DotnetRoot => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <exception cref="DistributedApplicationException">The project is not built.</exception>
    public static void ThrowIfNotBuilt(ProjectResource resource)
    {
        if (!File.Exists(resource.Project.TargetPath))
        {
            throw new DistributedApplicationException(
                $"Resource '{resource.Name}' cannot start: its project is not built, there is no {resource.Project.TargetPath}. " +
                $"Build it: dotnet build \"{resource.Project.ProjectPath}\"");
        }
    }

    public static ProcessStartInfo Describe(ProjectResource resource, IConfiguration configuration)
    {
        var targetPath = resource.Project.TargetPath;
        var programPath = OperatingSystem.IsWindows() ? Path.ChangeExtension(targetPath, ".exe") : Path.ChangeExtension(targetPath, null);
        var start = File.Exists(programPath)
            ? new ProcessStartInfo(programPath)
            : new ProcessStartInfo(Path.Combine(DotnetRoot, "dotnet"), [targetPath]);

        var projectFolder = Path.GetDirectoryName(resource.Project.ProjectPath);
        start.WorkingDirectory = Directory.Exists(projectFolder) ? projectFolder : Path.GetDirectoryName(targetPath);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        SetEnvironment(start.Environment, resource, configuration);
        return start;
    }

    private static void SetEnvironment(IDictionary<string, string?> environment, ProjectResource resource, IConfiguration configuration)
    {
        foreach (var name in NotInherited)
        {
            environment.Remove(name);
        }

        environment.TryAdd("DOTNET_ROOT", DotnetRoot);
        environment[StopOnStdinEofVariable] = "true";
        environment["OTEL_SERVICE_NAME"] = resource.Name;
        environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Guid.NewGuid():N}";
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { } otlpEndpoint)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlpEndpoint;
        }

        if (resource.Endpoint is { } endpoint)
        {
            environment["ASPNETCORE_URLS"] = endpoint.Url.GetLeftPart(UriPartial.Authority);
        }

        foreach (var variable in resource.Annotations.OfType<EnvironmentAnnotation>())
        {
            if (variable.Value() is { } value)
            {
                environment[variable.Name] = value;
            }
        }
    }
}

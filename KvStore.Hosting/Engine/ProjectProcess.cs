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

    /// <summary>What the engine sets for the process, beside what the process inherits. Each name is there once.</summary>
    /// <exception cref="DistributedApplicationException">The address of an endpoint that does not exist is wanted.</exception>
    public static IReadOnlyList<EnvironmentVariable> GetEnvironment(ProjectResource resource, IConfiguration configuration)
    {
        OrderedDictionary<string, EnvironmentVariable> variables = new(StringComparer.Ordinal);
        Set(StopOnStdinEofVariable, "true");
        Set("OTEL_SERVICE_NAME", resource.Name);
        Set("OTEL_RESOURCE_ATTRIBUTES", $"service.instance.id={Guid.NewGuid():N}");
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { } otlpEndpoint)
        {
            Set("OTEL_EXPORTER_OTLP_ENDPOINT", otlpEndpoint);
        }

        var urls = string.Join(';', resource.GetSharedEndpoints().Select(endpoint => endpoint.Address));
        if (urls.Length > 0)
        {
            Set("ASPNETCORE_URLS", urls);
        }

        resource.SetDescribedVariables(RunningFormat.Instance, Set);
        return [.. variables.Values];

        void Set(string name, string value, bool isSecret = false) => variables[name] = new(name, value, isSecret);
    }

    public static ProcessStartInfo Describe(ProjectResource resource, IReadOnlyList<EnvironmentVariable> variables)
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

        foreach (var name in NotInherited)
        {
            start.Environment.Remove(name);
        }

        start.Environment.TryAdd("DOTNET_ROOT", DotnetRoot);
        foreach (var variable in variables)
        {
            start.Environment[variable.Name] = variable.Value;
        }

        return start;
    }
}

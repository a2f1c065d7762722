using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Engine;

namespace KvStore.Hosting.Control;

/// <summary>Says of a resource what others may know. No secret is in it.</summary>
internal static class ResourceDescriber
{
    private static readonly string[] SecretSuffixes = ["KEY", "SECRET", "TOKEN", "PASSWORD", "HEADERS"];

    public static ResourceDescription Describe(ProjectRunner runner, CustomResourceSnapshot snapshot)
    {
        var resource = runner.Resource;
        var process = runner.LastProcess;
        var state = snapshot.State!.Text;
        var isRunning = state == KnownResourceStates.Running;
        return new(
            resource.Name,
            Type: "project",
            state,
            snapshot.HealthStatus?.ToString(),
            isRunning && resource.HealthCheck is not null ? runner.HealthDescription : null,
            process is { StoppedAt: null } ? process.ProcessId : null,
            process?.StartedAt.UtcDateTime,
            process?.StoppedAt?.UtcDateTime,
            snapshot.ExitCode,
            [.. DescribeUrls(resource)],
            [.. (process?.Environment ?? []).Select(Mask)],
            isRunning ? [KnownResourceCommands.StopCommand, KnownResourceCommands.RestartCommand, ControlApi.KillCommand]
                : snapshot.IsTerminal ? [KnownResourceCommands.StartCommand]
                : []);
    }

    private static IEnumerable<ResourceUrl> DescribeUrls(ProjectResource resource) =>
        resource.GetEndpoints().Select(endpoint => new ResourceUrl(endpoint.Name, endpoint.Address, null))
            .Concat(resource.Annotations.OfType<UrlAnnotation>()
                .Where(annotation => !annotation.Url.IsSecret)
                .Select(annotation => new ResourceUrl(null, annotation.Url.Format(RunningFormat.Instance), annotation.DisplayText)));

    private static ResourceVariable Mask(EnvironmentVariable variable) =>
        variable.IsSecret || SecretSuffixes.Any(suffix => variable.Name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            ? new(variable.Name, null, IsSecret: true)
            : new(variable.Name, variable.Value, IsSecret: false);
}

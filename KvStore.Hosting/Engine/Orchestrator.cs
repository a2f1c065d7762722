using System.Diagnostics;
using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace KvStore.Hosting.Engine;

/// <summary>Runs the resources of an application side by side.</summary>
internal sealed class Orchestrator : IAsyncDisposable
{
    private readonly IReadOnlyList<IResource> _resources;
    private readonly ResourceNotificationService _notifications;
    private readonly IResourceOutput _output;
    private readonly IConfiguration _configuration;
    private readonly EngineOptions _options;
    private readonly HealthProbe _probe = new();
    private readonly Stopwatch _sinceStart = new();
    private IReadOnlyList<ProjectRunner> _runners = [];

    public Orchestrator(
        IReadOnlyList<IResource> resources,
        ResourceNotificationService notifications,
        IResourceOutput output,
        IConfiguration configuration,
        EngineOptions options)
    {
        _resources = resources;
        _notifications = notifications;
        _output = output;
        _configuration = configuration;
        _options = options;
        foreach (var resource in resources)
        {
            notifications.Publish(resource, new(KnownResourceStates.NotStarted));
        }
    }

    private IReadOnlyList<ProjectResource> Projects => [.. _resources.OfType<ProjectResource>()];

    /// <returns>Null when there is no such resource, or when the application has not been started.</returns>
    public ProjectRunner? FindRunner(string resourceName) =>
        _runners.FirstOrDefault(runner => string.Equals(runner.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Checks what can be checked beforehand, then starts every process.</summary>
    /// <exception cref="DistributedApplicationException">A parameter has no value, a port is in use, a project is not built or does not start.</exception>
    public async Task StartAsync(CancellationToken applicationStopping, CancellationToken cancellationToken)
    {
        _sinceStart.Start();
        ThrowIfParameterIsMissing();
        foreach (var resource in Projects)
        {
            ProjectProcess.ThrowIfNotBuilt(resource);
        }

        PortAllocator.Allocate(Projects, _options.RandomizePorts);
        _runners =
        [
            .. Projects.Select(resource =>
                new ProjectRunner(resource, _notifications, _output, _configuration, _probe, _options, applicationStopping)),
        ];
        await Task.WhenAll(_runners.Select(runner => runner.StartAsync(cancellationToken)));
    }

    /// <summary>Waits until every resource is healthy, then prints the table of them.</summary>
    /// <exception cref="DistributedApplicationException">One exits before it is healthy.</exception>
    public async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        await foreach (var healthy in Task.WhenEach(_runners.Select(runner => WaitUntilHealthyAsync(runner, cancellationToken))))
        {
            await healthy;
        }

        _output.Notify(ResourceTable.Format(Projects, _notifications));
        _output.Notify($"All {_runners.Count} resources are healthy after {_sinceStart.Elapsed.TotalSeconds:0.0} s. Press Ctrl+C to stop them.");
    }

    /// <summary>Stops every process, all at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_runners.Select(runner => runner.DisposeAsync().AsTask()));
        _runners = [];
        _probe.Dispose();
    }

    private async Task WaitUntilHealthyAsync(ProjectRunner runner, CancellationToken cancellationToken)
    {
        var healthy = _notifications.WaitForResourceHealthyAsync(runner.Resource.Name, cancellationToken);
        if (await Task.WhenAny(healthy, Task.Delay(_options.HealthLimit, cancellationToken)) != healthy)
        {
            // The others may be of use all the same, as when a leader refuses to lead while its followers serve reads.
            _output.Notify(
                $"Resource '{runner.Resource.Name}' is not healthy after {_options.HealthLimit.TotalSeconds:0} s: {runner.HealthDescription}. "
                + "The others go on.");
        }

        await healthy;
    }

    private void ThrowIfParameterIsMissing()
    {
        List<string> problems = [];
        foreach (var parameter in _resources.OfType<ParameterResource>())
        {
            try
            {
                _ = parameter.Value;
            }
            catch (MissingParameterValueException exception)
            {
                problems.Add(exception.Message);
            }
        }

        if (problems.Count > 0)
        {
            throw new MissingParameterValueException(string.Join(Environment.NewLine, problems));
        }
    }
}

using System.Diagnostics;
using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Hosting.Engine;

/// <summary>Runs the resources of an application side by side.</summary>
internal sealed class Orchestrator : IAsyncDisposable
{
    private readonly IReadOnlyList<IResource> _resources;
    private readonly ResourceNotificationService _notifications;
    private readonly IResourceOutput _output;
    private readonly IConfiguration _configuration;
    private readonly EngineOptions _options;
    private readonly IReadOnlyList<string> _givenParameters;
    private readonly HealthProbe _probe = new();
    private readonly Stopwatch _sinceStart = new();
    private IReadOnlyList<ProjectRunner> _runners = [];
    private bool _wasReady;

    /// <summary>Makes the engine of an application.</summary>
    /// <param name="resources">What is there by the time it starts.</param>
    /// <param name="notifications">Told of every change.</param>
    /// <param name="output">The console.</param>
    /// <param name="configuration">The AppHost's.</param>
    /// <param name="options">The engine's limits.</param>
    /// <param name="givenParameters">The parameters that the command line names.</param>
    public Orchestrator(
        IReadOnlyList<IResource> resources,
        ResourceNotificationService notifications,
        IResourceOutput output,
        IConfiguration configuration,
        EngineOptions options,
        IReadOnlyList<string> givenParameters)
    {
        _resources = resources;
        _notifications = notifications;
        _output = output;
        _configuration = configuration;
        _options = options;
        _givenParameters = givenParameters;
        foreach (var resource in resources)
        {
            notifications.Publish(resource, new(KnownResourceStates.NotStarted));
        }
    }

    public IReadOnlyList<ProjectResource> Projects => [.. _resources.OfType<ProjectResource>()];

    /// <summary>What runs the resources; empty before the application is started and after it was stopped.</summary>
    public IReadOnlyList<ProjectRunner> Runners => _runners;

    /// <returns>Null when there is no such resource, or when the application has not been started.</returns>
    public ProjectRunner? FindRunner(string resourceName) =>
        _runners.FirstOrDefault(runner => string.Equals(runner.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Checks what can be checked beforehand, then starts every process.</summary>
    /// <exception cref="DistributedApplicationException">A parameter has no value, a port is in use, a project is not built or does not start.</exception>
    public async Task StartAsync(CancellationToken applicationStopping, CancellationToken cancellationToken)
    {
        _sinceStart.Start();
        ThrowIfParameterIsUnknown();
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

    /// <summary>
    /// Waits until every resource is healthy, then prints the table of them. One that no other references or waits for may fail
    /// to become healthy; the console says so, and it is not waited for.
    /// </summary>
    /// <exception cref="DistributedApplicationException">One that another needs, or the last that was left, exits before it is healthy.</exception>
    public async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        List<string> missing = [];
        var exited = 0;
        await foreach (var start in Task.WhenEach(_runners.Select(runner => WaitForStartAsync(runner, cancellationToken))))
        {
            if (await start is not { } failure)
            {
                continue;
            }

            missing.Add(failure.Resource.Name);
            exited += failure.HasExited ? 1 : 0;
            if (exited == _runners.Count || (failure.HasExited && IsNeeded(failure.Resource)))
            {
                throw new DistributedApplicationException(failure.Message);
            }

            _output.Notify($"{failure.Message}{Environment.NewLine}No other resource needs '{failure.Resource.Name}'. The others go on.");
        }

        _output.Notify(ResourceTable.Format(Projects, _notifications));
        var healthy = missing.Count == 0
            ? $"All {_runners.Count} resources are healthy after {_sinceStart.Elapsed.TotalSeconds:0.0} s."
            : $"{_runners.Count - missing.Count} of {_runners.Count} resources are healthy after {_sinceStart.Elapsed.TotalSeconds:0.0} s, all but {string.Join(", ", missing)}.";
        _output.Notify($"{healthy} Press Ctrl+C to stop them.");
        _wasReady = true;
    }

    /// <summary>Stops every process, all at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_runners.Select(runner => runner.DisposeAsync().AsTask()));
        if (_wasReady && _runners.Count > 0)
        {
            _output.Notify("All resources have stopped.");
        }

        _runners = [];
        _probe.Dispose();
    }

    private bool IsNeeded(IResource resource) => Projects.SelectMany(other => other.Annotations).Any(annotation =>
        annotation is ReferenceAnnotation reference && reference.Resource == resource
        || annotation is WaitAnnotation wait && wait.Dependency == resource);

    /// <returns>Null when it is healthy. One that is stopped by command is waited for until it is back.</returns>
    private async Task<StartFailure?> WaitForStartAsync(ProjectRunner runner, CancellationToken cancellationToken)
    {
        var resource = runner.Resource;
        var decided = _notifications.WaitForResourceAsync(
            resource.Name, e => e.Snapshot.HealthStatus == HealthStatus.Healthy || e.Snapshot.IsStartFailure, cancellationToken);
        if (await Task.WhenAny(decided, Task.Delay(_options.HealthLimit, cancellationToken)) != decided)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var delay = $"Resource '{resource.Name}' is not healthy after {_options.HealthLimit.TotalSeconds:0} s: {runner.HealthDescription}.";
            if (!IsNeeded(resource))
            {
                return new(resource, delay, HasExited: false);
            }

            // The others may be of use all the same, as when a leader refuses to lead while its followers serve reads.
            _output.Notify($"{delay}{Environment.NewLine}The others go on.{Environment.NewLine}{ResourceTable.Format(Projects, _notifications)}");
        }

        return (await decided).Snapshot is { IsStartFailure: true, Failure: { } exit } ? new(resource, exit, HasExited: true) : null;
    }

    // The name may have been mistyped, and the parameter would silently keep its default.
    private void ThrowIfParameterIsUnknown()
    {
        var known = _resources.OfType<ParameterResource>().Select(parameter => parameter.Name).ToList();
        var unknown = _givenParameters.FirstOrDefault(given => !known.Contains(given.Replace('_', '-'), StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
        {
            throw new DistributedApplicationException($"There is no parameter '{unknown}'; there are: {string.Join(", ", known)}.");
        }
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

    /// <summary>Why a resource does not become healthy.</summary>
    private sealed record StartFailure(ProjectResource Resource, string Message, bool HasExited);
}

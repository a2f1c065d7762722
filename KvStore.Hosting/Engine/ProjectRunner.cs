using System.ComponentModel;
using KvStore.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Hosting.Engine;

/// <summary>
/// Runs one project resource: starts its process, watches it, stops it, and publishes its state. Commands on it run one
/// after the other.
/// </summary>
internal sealed class ProjectRunner : IAsyncDisposable
{
    private static readonly TimeSpan FirstHealthDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestHealthDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HealthyDelay = TimeSpan.FromSeconds(30);

    private readonly ResourceNotificationService _notifications;
    private readonly IResourceOutput _output;
    private readonly IConfiguration _configuration;
    private readonly HealthProbe _probe;
    private readonly EngineOptions _options;
    private readonly CancellationToken _applicationStopping;
    private readonly SemaphoreSlim _commands = new(1, 1);
    private Run? _run;
    private bool _wasStarted;

    public ProjectRunner(
        ProjectResource resource,
        ResourceNotificationService notifications,
        IResourceOutput output,
        IConfiguration configuration,
        HealthProbe probe,
        EngineOptions options,
        CancellationToken applicationStopping)
    {
        Resource = resource;
        _notifications = notifications;
        _output = output;
        _configuration = configuration;
        _probe = probe;
        _options = options;
        _applicationStopping = applicationStopping;
    }

    public ProjectResource Resource { get; }

    /// <summary>What the resource last said of its health.</summary>
    public string HealthDescription { get; private set; } = "it was not asked yet";

    /// <summary>What the resource printed.</summary>
    public ConsoleRing Console { get; } = new();

    /// <summary>The process of now, or the last one; null before the first.</summary>
    public ProcessFacts? LastProcess { get; private set; }

    /// <exception cref="DistributedApplicationException">A dependency does not become healthy, or the process cannot be started.</exception>
    public Task<ExecuteCommandResult> StartAsync(CancellationToken cancellationToken) => RunCommandAsync(StartCoreAsync, cancellationToken);

    public Task<ExecuteCommandResult> StopAsync(CancellationToken cancellationToken) => RunCommandAsync(_ => StopCoreAsync(), cancellationToken);

    /// <summary>Ends the process at once, as a crash of it would.</summary>
    public Task<ExecuteCommandResult> KillAsync(CancellationToken cancellationToken) =>
        RunCommandAsync(_ => EndAsync(run => run.Child.KillAsync()), cancellationToken);

    /// <exception cref="DistributedApplicationException">A dependency does not become healthy, or the process cannot be started.</exception>
    public Task<ExecuteCommandResult> RestartAsync(CancellationToken cancellationToken) => RunCommandAsync(
        async token =>
        {
            await StopCoreAsync();
            return await StartCoreAsync(token);
        },
        cancellationToken);

    // The semaphore is not disposed of: a command may still wait for it, and it holds nothing.
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    private async Task<ExecuteCommandResult> RunCommandAsync(
        Func<CancellationToken, Task<ExecuteCommandResult>> command, CancellationToken cancellationToken)
    {
        await _commands.WaitAsync(cancellationToken);
        try
        {
            return await command(cancellationToken);
        }
        finally
        {
            _commands.Release();
        }
    }

    private async Task<ExecuteCommandResult> StartCoreAsync(CancellationToken cancellationToken)
    {
        if (_applicationStopping.IsCancellationRequested)
        {
            // A command that waited while the application stopped this resource must not bring it back.
            return ExecuteCommandResult.Failure("The application is stopping.");
        }

        if (_run is { } earlier)
        {
            if (!earlier.Child.Exited.IsCompleted)
            {
                return ExecuteCommandResult.Failure($"Resource '{Resource.Name}' runs already.");
            }

            // Whoever waited for the state Exited may be here before the supervision that published it has returned.
            await earlier.Supervision;
            earlier.Dispose();
            _run = null;
        }

        try
        {
            foreach (var dependency in Resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Dependency))
            {
                Publish(new(KnownResourceStates.Waiting));
                await WaitForDependencyAsync(dependency, cancellationToken);
            }

            Publish(new(KnownResourceStates.Starting));
            var healthUrl = Resource.HealthCheck is { } check ? new Uri(Resource.GetEndpoint(check.EndpointName).Url, check.Path) : null;
            var environment = ProjectProcess.GetEnvironment(Resource, _configuration);
            var child = ChildProcess.Start(ProjectProcess.Describe(Resource, environment), ReadLine);
            LastProcess = new(child.ProcessId, DateTimeOffset.UtcNow, environment);
            _run = new Run(child) { IsFirst = !_wasStarted, HealthUrl = healthUrl, HasBeenHealthy = healthUrl is null };
            _wasStarted = true;
        }
        catch (Exception exception) when (exception is Win32Exception or DistributedApplicationException)
        {
            var message = $"Resource '{Resource.Name}' cannot start: {exception.Message}";
            Publish(new(KnownResourceStates.FailedToStart) { Failure = message });
            throw new DistributedApplicationException(message, exception);
        }

        Publish(new(KnownResourceStates.Running) { HealthStatus = _run.HasBeenHealthy ? HealthStatus.Healthy : null });
        _run.Health = MonitorHealthAsync(_run);
        _run.Supervision = SuperviseAsync(_run);
        return ExecuteCommandResult.Succeeded;
    }

    private Task<ExecuteCommandResult> StopCoreAsync() => EndAsync(async run =>
    {
        Publish(new(KnownResourceStates.Stopping));
        if (!await run.Child.StopAsync(_options.StopLimit))
        {
            _output.Notify($"{Resource.Name} did not stop within {_options.StopLimit.TotalSeconds:0} s and was killed.");
        }
    });

    private async Task<ExecuteCommandResult> EndAsync(Func<Run, Task> end)
    {
        if (_run is not { } run)
        {
            return ExecuteCommandResult.Failure($"Resource '{Resource.Name}' does not run.");
        }

        var wasRunning = !run.Supervision.IsCompleted;
        if (wasRunning)
        {
            run.IsStopRequested = true;
            await run.StopMonitoringAsync();
            await end(run);
        }

        await run.Supervision;
        run.Dispose();
        _run = null;
        return wasRunning ? ExecuteCommandResult.Succeeded : ExecuteCommandResult.Failure($"Resource '{Resource.Name}' does not run.");
    }

    private async Task SuperviseAsync(Run run)
    {
        var exitCode = await run.Child.Exited;
        await run.StopMonitoringAsync();
        LastProcess = LastProcess! with { StoppedAt = DateTimeOffset.UtcNow };
        Console.Add(DateTimeOffset.UtcNow, $"— process {run.Child.ProcessId} exited with {DescribeExitCode(exitCode)} —", isError: false);

        var isExpected = run.IsStopRequested || _applicationStopping.IsCancellationRequested;
        var failure = isExpected ? null : DescribeExit(exitCode, run);
        var isStartFailure = !isExpected && run.IsFirst && !run.HasBeenHealthy;
        Publish(new(KnownResourceStates.Exited) { ExitCode = exitCode, Failure = failure, IsStartFailure = isStartFailure });

        // Of a start that fails the orchestrator speaks, which knows whether it is the end of the application's start.
        if (!isExpected && !isStartFailure)
        {
            _output.Notify($"{Resource.Name} exited with {DescribeExitCode(exitCode)}. The others go on.");
        }
    }

    private void ReadLine(string line, bool isError)
    {
        Console.Add(DateTimeOffset.UtcNow, line, isError);
        _output.WriteLine(Resource.Name, line, isError);
    }

    private async Task MonitorHealthAsync(Run run)
    {
        if (run.HealthUrl is not { } url)
        {
            return;
        }

        var cancellationToken = run.Monitoring.Token;
        HealthStatus? known = null;
        var delay = FirstHealthDelay;
        try
        {
            while (true)
            {
                (var status, HealthDescription) = await _probe.CheckAsync(url, cancellationToken);
                if (status != known)
                {
                    Publish(new(KnownResourceStates.Running) { HealthStatus = status });
                    if (known == HealthStatus.Healthy)
                    {
                        _output.Notify($"{Resource.Name} is unhealthy: {HealthDescription}");
                    }

                    run.HasBeenHealthy |= status == HealthStatus.Healthy;
                    known = status;
                    delay = FirstHealthDelay;
                }

                await Task.Delay(status == HealthStatus.Healthy ? HealthyDelay : delay, cancellationToken);
                delay = delay * 2 < LongestHealthDelay ? delay * 2 : LongestHealthDelay;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process is gone or about to go.
        }
    }

    private void Publish(CustomResourceSnapshot snapshot) => _notifications.Publish(Resource, snapshot);

    private async Task WaitForDependencyAsync(IResource dependency, CancellationToken cancellationToken)
    {
        try
        {
            await _notifications.WaitForResourceHealthyAsync(dependency.Name, cancellationToken).WaitAsync(_options.HealthLimit, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new DistributedApplicationException(
                $"it waits for '{dependency.Name}', which was not healthy within {_options.HealthLimit.TotalSeconds:0} s.", exception);
        }
    }

    private string DescribeExit(int exitCode, Run run)
    {
        var when = run.HasBeenHealthy ? "while it ran" : "before it was healthy";
        var output = run.Child.LastLines is { Count: > 0 } lines
            ? $"Repair what it says, and start again. Its last lines:{string.Concat(lines.Select(line => $"{Environment.NewLine}    {line}"))}"
            : "It printed nothing.";
        return $"Resource '{Resource.Name}' exited with {DescribeExitCode(exitCode)} {when}. {output}";
    }

    private static string DescribeExitCode(int exitCode) =>
        !OperatingSystem.IsWindows() && exitCode is > 128 and < 160 ? $"code {exitCode} (signal {exitCode - 128})" : $"code {exitCode}";

    /// <summary>One life of the process.</summary>
    private sealed class Run : IDisposable
    {
        public Run(ChildProcess child)
        {
            Child = child;
        }

        public ChildProcess Child { get; }

        public CancellationTokenSource Monitoring { get; } = new();

        public Task Health { get; set; } = Task.CompletedTask;

        public Task Supervision { get; set; } = Task.CompletedTask;

        /// <summary>Whether it is the first life.</summary>
        public required bool IsFirst { get; init; }

        /// <summary>Where to ask whether it is healthy, or null for a process that is when it runs.</summary>
        public required Uri? HealthUrl { get; init; }

        public required bool HasBeenHealthy { get; set; }

        public bool IsStopRequested { get; set; }

        public async Task StopMonitoringAsync()
        {
            await Monitoring.CancelAsync();
            await Health;
        }

        public void Dispose()
        {
            Monitoring.Dispose();
            Child.Dispose();
        }
    }
}

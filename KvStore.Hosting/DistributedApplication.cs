using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Control;
using KvStore.Hosting.Engine;
using KvStore.Hosting.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KvStore.Hosting;

/// <summary>An application of several processes, run on this machine by the embedded engine.</summary>
public sealed class DistributedApplication : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Orchestrator _orchestrator;
    private readonly ControlServer _control;
    private readonly IHostApplicationLifetime _lifetime;

    internal DistributedApplication(IHost host, IReadOnlyList<IResource> resources)
    {
        _host = host;
        _orchestrator = host.Services.GetRequiredService<Orchestrator>();
        _control = host.Services.GetRequiredService<ControlServer>();
        _lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        Resources = resources;
        ResourceNotifications = host.Services.GetRequiredService<ResourceNotificationService>();
        ResourceCommands = new ResourceCommandService(_orchestrator);
    }

    /// <summary>The services of the AppHost itself, not of its resources.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Says in which state each resource is.</summary>
    public ResourceNotificationService ResourceNotifications { get; }

    /// <summary>Starts and stops single resources.</summary>
    public ResourceCommandService ResourceCommands { get; }

    internal IReadOnlyList<IResource> Resources { get; }

    /// <summary>Begins the description of an application.</summary>
    /// <param name="args">The arguments of the AppHost, read as configuration: <c>--Parameters:NAME=VALUE</c>.</param>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>
    /// Runs the application until Ctrl-C or SIGTERM, and stops every process before it returns; or publishes it, when the command
    /// line says so. What goes wrong is written to standard error and makes the exit code of the AppHost 1.
    /// </summary>
    public void Run()
    {
        try
        {
            RunAsync().GetAwaiter().GetResult();
        }
        catch (DistributedApplicationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Environment.ExitCode = 1;
        }
    }

    /// <summary>
    /// Runs the application until Ctrl-C or SIGTERM, and stops every process before it returns; or publishes it, when the command
    /// line says so.
    /// </summary>
    /// <param name="cancellationToken">Stops the application.</param>
    /// <exception cref="DistributedApplicationException">
    /// A resource does not start or does not become healthy; all others are stopped again. Or nothing can be published.
    /// </exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await using var self = this;
        if (_host.Services.GetService<Publisher>() is { } publisher)
        {
            await publisher.PublishAsync(cancellationToken);
            return;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lifetime.ApplicationStopping);
        try
        {
            await StartAsync(stopping.Token);
            await _orchestrator.WaitUntilHealthyAsync(stopping.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop, at whatever point it was.
        }
    }

    /// <summary>Starts every resource that waits for no other one. They need not be healthy when this returns.</summary>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="DistributedApplicationException">A parameter has no value, a port is in use, a project is not built or does not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _host.StartAsync(cancellationToken);

        // The processes first: they take longer, and side by side.
        var resources = _orchestrator.StartAsync(_lifetime.ApplicationStopping, cancellationToken);
        await Task.WhenAll(resources, _control.StartAsync(cancellationToken));
    }

    /// <summary>Stops every resource.</summary>
    /// <param name="cancellationToken">Gives up waiting for the services of the AppHost itself. Every process is waited for.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _lifetime.StopApplication();
        await _orchestrator.DisposeAsync();
        await _control.DisposeAsync();
        await _host.StopAsync(cancellationToken);
    }

    /// <summary>Stops what still runs, and releases everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}

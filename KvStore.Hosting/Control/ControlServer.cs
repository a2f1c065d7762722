using System.Net;
using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KvStore.Hosting.Control;

/// <summary>Serves <see cref="ControlApi"/> on the loopback interface, if some resource was given the address.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly ControlAccess _access;
    private readonly Orchestrator _orchestrator;
    private readonly ResourceNotificationService _notifications;
    private readonly IResourceOutput _output;
    private readonly IHostApplicationLifetime _lifetime;
    private WebApplication? _server;

    public ControlServer(
        ControlAccess access,
        Orchestrator orchestrator,
        ResourceNotificationService notifications,
        IResourceOutput output,
        IHostApplicationLifetime lifetime)
    {
        _access = access;
        _orchestrator = orchestrator;
        _notifications = notifications;
        _output = output;
        _lifetime = lifetime;
    }

    /// <summary>Begins to listen. If it cannot, the console says so, and the application goes on without.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_orchestrator.Projects.Any(IsGivenTheAddress))
        {
            return;
        }

        var server = Build();
        try
        {
            await server.StartAsync(cancellationToken);
            _server = server;
        }
        catch (IOException exception)
        {
            await server.DisposeAsync();
            _output.Notify($"Resources cannot be listed, stopped or started over HTTP: {exception.Message}");
        }
    }

    /// <summary>Stops listening. By now every command has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            using var limit = new CancellationTokenSource(StopLimit);
            await server.StopAsync(limit.Token);
            await server.DisposeAsync();
        }
    }

    private static bool IsGivenTheAddress(ProjectResource resource) =>
        resource.Annotations.OfType<EnvironmentAnnotation>().Any(variable => variable.Name == ControlAccess.UrlVariable);

    // No configuration, no logging, no environment of the AppHost's: what is meant for the nodes must not change this.
    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, PassiveLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Loopback, _access.Port);
        });
        var server = builder.Build();
        new ControlApi(_access, _orchestrator, _notifications, _lifetime.ApplicationStopping).Map(server);
        return server;
    }
}

using System.Reflection;
using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Control;
using KvStore.Hosting.Engine;
using KvStore.Hosting.Publishing;
using KvStore.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvStore.Hosting;

/// <summary>Collects the description of an application.</summary>
internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private const string ProjectPathKey = "apphostprojectpath";
    private readonly HostApplicationBuilder _host;
    private readonly AppHostInterception? _interception = AppHostInterception.Current;
    private readonly ControlAccess _control = ControlAccess.Create();
    private readonly List<IResource> _resources = [];
    private readonly PublishOptions? _publish;
    private readonly IReadOnlyList<string> _givenParameters;

    public DistributedApplicationBuilder(string[] args)
    {
        AppHostAssembly = _interception?.AppHost ?? Assembly.GetEntryAssembly();
        var projectPath = AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == ProjectPathKey)?.Value;
        AppHostDirectory = Directory.Exists(projectPath) ? projectPath : Directory.GetCurrentDirectory();

        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = AppHostDirectory });
        if (UserSecrets.Of(AppHostAssembly) is { } secrets)
        {
            _host.Configuration.AddJsonFile(secrets.FilePath, optional: true);
        }

        _host.Configuration.AddEnvironmentVariables();
        _host.Configuration.AddCommandLine(args, PublishOptions.Switches);
        _givenParameters = [.. new ConfigurationBuilder().AddCommandLine(args).Build().GetSection("Parameters").GetChildren().Select(given => given.Key)];
        _publish = PublishOptions.Read(_host.Configuration, AppHostDirectory);
        ExecutionContext = new(isPublishMode: _publish is not null);
        if (ExecutionContext.IsRunMode)
        {
            // The AppHost may pass these on to a resource. In what is published, and in an AppHost run by Aspire, they are not there.
            _host.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                [ControlAccess.UrlVariable] = _control.Url,
                [ControlAccess.TokenVariable] = _control.Token,
            });
        }

        AddServices();
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public Assembly? AppHostAssembly { get; }

    public string AppHostDirectory { get; }

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (_resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"There are two resources named '{resource.Name}'. Rename one of them.");
        }

        _resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        // Under a test the entry point ends here; the test goes on with the builder.
        _interception?.Capture(this);
        return BuildApplication();
    }

    public DistributedApplication BuildApplication() => new(_host.Build(), _resources);

    private void AddServices()
    {
        var isTest = _interception is not null;
        Services.AddSingleton(new EngineOptions { RandomizePorts = Configuration.GetValue("DcpPublisher:RandomizePorts", isTest) });
        Services.AddSingleton(_control);
        Services.AddSingleton<ControlServer>();
        Services.AddSingleton(_ => new ResourceNotificationService());
        if (_publish is not null)
        {
            Services.AddSingleton(provider => new Publisher(
                _publish, _resources, provider.GetRequiredService<IResourceOutput>(), AppHostAssembly?.GetName().Name ?? "AppHost"));
        }

        Services.AddSingleton(provider => new Orchestrator(
            _resources,
            provider.GetRequiredService<ResourceNotificationService>(),
            provider.GetRequiredService<IResourceOutput>(),
            Configuration,
            provider.GetRequiredService<EngineOptions>(),
            _givenParameters));

        if (isTest)
        {
            Services.AddSingleton<IHostLifetime, PassiveLifetime>();
            Services.AddHttpClient();
            Services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false }));
            Services.AddSingleton<IResourceOutput>(provider =>
                new LoggerOutput(provider.GetRequiredService<ILoggerFactory>(), AppHostAssembly?.GetName().Name ?? "AppHost"));
        }
        else
        {
            Services.AddHostedService<LauncherWatch>();
            Services.AddSingleton<IResourceOutput>(_ => new ConsoleOutput([.. _resources.OfType<ProjectResource>().Select(resource => resource.Name)]));
        }
    }
}

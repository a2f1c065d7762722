using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.ServiceDefaults;

/// <summary>An empty service with the defaults, on a free port; variables are given as configuration, in place of the environment.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private TestService(WebApplication app)
    {
        App = app;
    }

    public WebApplication App { get; }

    public string Address => App.Urls.First();

    public int Port => new Uri(Address).Port;

    public IServiceProvider Services => App.Services;

    public static async Task<TestService> StartAsync(
        Dictionary<string, string?>? variables = null,
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? map = null)
    {
        var builder = Builder(variables);
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync();
        return new TestService(app);
    }

    public static WebApplicationBuilder Builder(Dictionary<string, string?>? variables = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(variables);
        return builder;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync(); // Flushes what the exporters hold.
        await App.DisposeAsync();
    }
}

using KvStore.Dashboard.Access;
using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Components;
using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Configuration;
using KvStore.Dashboard.Engine;
using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.FluentUI.AspNetCore.Components;

namespace KvStore.Dashboard;

/// <summary>Puts the dashboard together: pages on one port, telemetry in on two others.</summary>
internal static class DashboardApplication
{
    private const string DefaultAddress = "http://localhost:18888";

    /// <summary>Builds the dashboard that the environment, or <paramref name="args"/> (such as <c>--DASHBOARD_TOKEN=…</c>), describes.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A variable has a value that is not allowed.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],
            ApplicationName = typeof(DashboardApplication).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        var options = DashboardOptionsReader.Read(builder.Configuration);
        builder.AddServiceDefaults();
        builder.WebHost.UseStaticWebAssets(); // The components' files, also when run from the build's output.
        builder.ListenOn(options);
        builder.Services.AddDashboard(options);

        var app = builder.Build();
        app.MapOtlp(options.OtlpGrpcPort, options.OtlpHttpPort);
        app.UseSecurityHeaders();
        app.UseLoginLink();
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapDefaultEndpoints();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        app.Lifetime.ApplicationStarted.Register(() => app.LogAddress(options));
        return app;
    }

    private static void AddDashboard(this IServiceCollection services, DashboardOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddAccess();
        services.AddTelemetryStores(options.Limits);
        services.AddOtlp(new OtlpOptions { ApiKey = options.OtlpApiKey });
        services.AddCluster();
        services.AddTracePages();
        services.AddEngine();
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddFluentUIComponents();
    }

    // One address for the pages, as ASP.NET Core is told it, and two more on the same interface, one of which speaks HTTP/2 alone:
    // without TLS nothing says which of the two a connection wants.
    private static void ListenOn(this WebApplicationBuilder builder, DashboardOptions options)
    {
        string[] pages = (Read("urls"), Read("http_ports")) switch
        {
            ([_, ..] urls, _) => urls,
            (_, [_, ..] ports) => [.. ports.Select(port => $"http://*:{port}")],
            _ => [DefaultAddress],
        };
        var host = BindingAddress.Parse(pages[0]).Host;
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, ""); // Named above already.
        builder.WebHost.UseUrls([.. pages, $"http://{host}:{options.OtlpGrpcPort}", $"http://{host}:{options.OtlpHttpPort}"]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                if (endpoint.IPEndPoint?.Port == options.OtlpGrpcPort)
                {
                    endpoint.Protocols = HttpProtocols.Http2;
                }
            });
        });

        string[] Read(string name) => builder.Configuration[name]?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
    }

    private static void LogAddress(this WebApplication app, DashboardOptions options)
    {
        // What listens on every address is reached on this machine's own.
        var pages = BindingAddress.Parse(app.Urls.First());
        var address = $"{pages.Scheme}://{(pages.Host is "[::]" or "*" or "+" or "0.0.0.0" ? "localhost" : pages.Host)}:{pages.Port}";
        app.Logger.Listening(address, options.OtlpGrpcPort, options.OtlpHttpPort);
        if (!options.IsTokenGiven)
        {
            app.Logger.LoginLink($"{address}/login?t={options.Token}");
        }
    }
}

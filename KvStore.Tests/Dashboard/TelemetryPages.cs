using Bunit;
using KvStore.Dashboard.Configuration;
using KvStore.Dashboard.Telemetry;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.FluentUI.AspNetCore.Components;

namespace KvStore.Tests.Dashboard;

/// <summary>Renders the pages of logs and metrics without a browser, over stores that a test fills.</summary>
internal sealed class TelemetryPages : BunitContext
{
    /// <summary>Empty stores of the default size.</summary>
    public TelemetryPages()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddFluentUIComponents();
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddTelemetryStores(new StoreLimits());
        Services.AddSingleton(new DashboardOptions
        {
            Token = "token",
            IsTokenGiven = true,
            OtlpGrpcPort = 4317,
            OtlpHttpPort = 4318,
            Followers = [],
            Limits = new(),
        });
    }

    /// <summary>The pages' clock, which begins at the time of what <see cref="Make"/> makes.</summary>
    public FakeTimeProvider Time { get; } = new(Make.Noon);

    public LogStore Logs => Services.GetRequiredService<LogStore>();

    public MetricStore Metrics => Services.GetRequiredService<MetricStore>();

    public TelemetryResources Resources => Services.GetRequiredService<TelemetryResources>();

    /// <summary>What the browser would show as the address, after the dashboard's own.</summary>
    public string Address => Navigation.ToBaseRelativePath(Navigation.Uri);

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    /// <summary>Opens a page at an address.</summary>
    public IRenderedComponent<TPage> Open<TPage>(string address)
        where TPage : IComponent
    {
        Navigation.NavigateTo(address);
        return Render<TPage>();
    }
}

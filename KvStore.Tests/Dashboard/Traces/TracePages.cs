using Bunit;
using KvStore.Dashboard.Components.Traces;
using KvStore.Dashboard.Configuration;
using KvStore.Dashboard.Telemetry;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.FluentUI.AspNetCore.Components;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>Renders the pages of traces without a browser, over stores that a test fills.</summary>
internal sealed class TracePages : BunitContext
{
    /// <summary>Empty stores, and a leader that says nothing.</summary>
    public TracePages()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddFluentUIComponents();
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddTelemetryStores(new StoreLimits());
        Services.AddSingleton<ILeaderWritesSource>(Leader);
        Services.AddSingleton(new DashboardOptions
        {
            Token = "token",
            IsTokenGiven = true,
            OtlpGrpcPort = 4317,
            OtlpHttpPort = 4318,
            Leader = new Uri("http://localhost:8000"),
            Followers = [.. Enumerable.Range(1, 5).Select(i => new FollowerAddress($"follower{i}", new Uri($"http://follower{i}")))],
            Limits = new(),
        });
    }

    /// <summary>The pages' clock.</summary>
    public FakeTimeProvider Time { get; } = new();

    /// <summary>What the leader says.</summary>
    public FakeLeader Leader { get; } = new();

    public TraceStore Store => Services.GetRequiredService<TraceStore>();

    public LogStore Logs => Services.GetRequiredService<LogStore>();

    public TelemetryResources Resources => Services.GetRequiredService<TelemetryResources>();

    /// <summary>The address that the browser would show, from the first slash on.</summary>
    public string Address => "/" + Navigation.ToBaseRelativePath(Navigation.Uri);

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    /// <summary>Puts the usual write into the store, under a trace id of one's choice.</summary>
    public WriteSpans AddWrite(ulong trace, double startMs = 0)
    {
        var write = WriteSpans.Usual(Resources, trace, DateTimeOffset.UnixEpoch.AddMilliseconds(startMs));
        Store.Add(write.Spans);
        return write;
    }

    /// <summary>Opens a page at an address.</summary>
    public IRenderedComponent<T> Open<T>(string address, Action<ComponentParameterCollectionBuilder<T>>? parameters = null)
        where T : IComponent
    {
        Navigation.NavigateTo(address);
        return Render(parameters);
    }

    /// <summary>A leader's account that a test sets.</summary>
    internal sealed class FakeLeader : ILeaderWritesSource
    {
        public LeaderWrites? Current { get; set; }
    }
}

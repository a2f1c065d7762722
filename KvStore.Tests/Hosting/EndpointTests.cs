using KvStore.Hosting.Engine;
using Microsoft.Extensions.Configuration;

namespace KvStore.Tests.Hosting;

/// <summary>Resources with several endpoints, and texts with addresses and parameters in them.</summary>
public sealed class EndpointTests : IDisposable
{
    private static readonly IConfiguration NoConfiguration = new ConfigurationBuilder().Build();
    private readonly TestApplication _application = new();

    [Fact]
    public void An_endpoint_with_a_variable_is_told_by_it_and_not_by_ASPNETCORE_URLS()
    {
        var dashboard = AddDashboard(_application.CreateBuilder());
        Allocate(dashboard);

        var environment = GetEnvironment(dashboard);

        Assert.Equal("http://localhost:18888", environment["ASPNETCORE_URLS"].Value);
        Assert.Equal("4317", environment["OTLP_GRPC_PORT"].Value);
    }

    [Fact]
    public void Endpoints_without_a_variable_are_all_in_ASPNETCORE_URLS()
    {
        var dashboard = AddDashboard(_application.CreateBuilder()).WithHttpEndpoint(name: "admin");
        Allocate(dashboard);

        Assert.Equal("http://localhost:18888;http://localhost:4318", GetEnvironment(dashboard)["ASPNETCORE_URLS"].Value);
    }

    [Fact]
    public void A_reference_names_every_endpoint_also_those_that_are_added_after_it()
    {
        var builder = _application.CreateBuilder();
        var follower = _application.AddFollower(builder, "follower1");
        var dashboard = builder.AddProject<Projects.KvStore_Node>("my-dashboard", launchProfileName: null);
        follower.WithReference(dashboard);
        dashboard.WithHttpEndpoint().WithHttpEndpoint(name: "otlp-grpc", env: "OTLP_GRPC_PORT");
        Allocate(dashboard);
        Allocate(follower);

        var environment = GetEnvironment(follower);

        Assert.Equal("http://localhost:18888", environment["services__my-dashboard__http__0"].Value);
        Assert.Equal("http://localhost:4317", environment["services__my-dashboard__otlp-grpc__0"].Value);
        Assert.Equal("http://localhost:18888", environment["MY_DASHBOARD_HTTP"].Value);
        Assert.Equal("http://localhost:4317", environment["MY_DASHBOARD_OTLP_GRPC"].Value);
    }

    [Fact]
    public void An_expression_is_filled_in_and_is_secret_when_a_secret_parameter_is_in_it()
    {
        var builder = _application.CreateBuilder();
        var token = builder.AddParameter("token", "t0ken", secret: true);
        var level = builder.AddParameter("level", "info");
        var dashboard = AddDashboard(builder);
        dashboard.WithEnvironment("OTLP", dashboard.GetEndpoint("otlp-grpc"))
            .WithEnvironment("TEXT", $"{dashboard.GetEndpoint("HTTP")}/{"a"}?level={level}")
            .WithEnvironment("HEADER", ReferenceExpression.Create($"key={token}"))
            .WithEnvironment("PLAIN", token);
        Allocate(dashboard);

        var environment = GetEnvironment(dashboard);

        Assert.Equal(new("OTLP", "http://localhost:4317", false), environment["OTLP"]);
        Assert.Equal(new("TEXT", "http://localhost:18888/a?level=info", false), environment["TEXT"]);
        Assert.Equal(new("HEADER", "key=t0ken", true), environment["HEADER"]);
        Assert.Equal(new("PLAIN", "t0ken", true), environment["PLAIN"]);
    }

    [Fact]
    public void Two_endpoints_of_one_name_are_refused()
    {
        var dashboard = AddDashboard(_application.CreateBuilder());

        var exception = Assert.Throws<DistributedApplicationException>(() => dashboard.WithHttpEndpoint(name: "OTLP-grpc"));

        Assert.Contains("has an endpoint named 'OTLP-grpc' already", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_endpoint_has_a_port_of_its_own_that_a_test_can_ask_for_and_the_health_check_asks_the_one_that_is_named()
    {
        var builder = _application.CreateBuilder();
        _application.AddFollower(builder, "follower1").WithHttpEndpoint(port: 4317, name: "admin").WithHttpHealthCheck("/health", endpointName: "admin");
        await using var app = builder.Build();

        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);

        Assert.NotEqual(4317, app.GetEndpoint("follower1", "admin").Port);
        Assert.NotEqual(app.GetEndpoint("follower1"), app.GetEndpoint("follower1", "admin"));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.GetEndpoint("follower1", "admin") };
        Assert.Contains("follower1", await client.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("follower1", "grpc"));
    }

    [Fact]
    public async Task A_page_to_open_is_named_below_the_table_with_its_address()
    {
        var builder = _application.CreateBuilder();
        var token = builder.AddParameter("token", "t0ken", secret: true);
        var follower = _application.AddFollower(builder, "follower1").WithHttpEndpoint(name: "admin");
        follower.WithUrl($"{follower.GetEndpoint("http")}/login?t={token}", "Login to the dashboard");
        var app = builder.Build();
        using var stop = new CancellationTokenSource();

        var run = app.RunAsync(stop.Token);
        await Eventually.HoldsAsync(
            "the application is up",
            () => Task.FromResult(_application.Output.Contains("All 1 resources are healthy after ", StringComparison.Ordinal)));

        var address = app.GetEndpoint("follower1").GetLeftPart(UriPartial.Authority);
        var lines = _application.Output.Split(Environment.NewLine);
        Assert.Contains($"Login to the dashboard at {address}/login?t=t0ken", lines);
        Assert.Contains(lines, line => line.StartsWith("  follower1", StringComparison.Ordinal) && line.EndsWith(address, StringComparison.Ordinal));
        await stop.CancelAsync();
        await run.WaitAsync(TestApplication.Deadline);
    }

    public void Dispose() => _application.Dispose();

    private static IResourceBuilder<ProjectResource> AddDashboard(IDistributedApplicationBuilder builder) =>
        builder.AddProject<Projects.KvStore_Node>("dashboard", launchProfileName: null)
            .WithHttpEndpoint(port: 18888, name: "http")
            .WithHttpEndpoint(port: 4317, name: "otlp-grpc", env: "OTLP_GRPC_PORT");

    // What the application does at its start, whether or not these ports are free here.
    private static void Allocate(IResourceBuilder<ProjectResource> resource)
    {
        foreach (var endpoint in resource.Resource.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.Allocate(endpoint.Name switch { "http" => 18888, "otlp-grpc" => 4317, _ => 4318 });
        }
    }

    private static Dictionary<string, EnvironmentVariable> GetEnvironment(IResourceBuilder<ProjectResource> resource) =>
        ProjectProcess.GetEnvironment(resource.Resource, NoConfiguration).ToDictionary(variable => variable.Name);
}

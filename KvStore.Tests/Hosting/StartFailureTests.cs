using System.Net;
using System.Net.Sockets;
using KvStore.Hosting.Engine;

namespace KvStore.Tests.Hosting;

/// <summary>What goes wrong at the start ends in one message that names the resource and says what to do.</summary>
public sealed class StartFailureTests : IDisposable
{
    private readonly TestApplication _application = new();

    [Fact]
    public async Task A_port_in_use_is_named_with_its_resource_and_nothing_is_started()
    {
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        using var otherOwner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        otherOwner.Start();
        var port = ((IPEndPoint)owner.LocalEndpoint).Port;
        var otherPort = ((IPEndPoint)otherOwner.LocalEndpoint).Port;
        var builder = _application.CreateBuilder(new EngineOptions());
        _application.AddFollower(builder, "follower1");
        _application.AddFollower(builder, "follower2", port);
        _application.AddFollower(builder, "follower3").WithHttpEndpoint(port: otherPort, name: "grpc", env: "GRPC_PORT");

        var message = await RunAndFailAsync(builder);

        Assert.Contains($"Port {port} of resource 'follower2' is in use", message, StringComparison.Ordinal);
        Assert.Contains($"Port {otherPort} of resource 'follower3' (endpoint 'grpc') is in use", message, StringComparison.Ordinal);
        Assert.Empty(_application.Lines);
    }

    [Fact]
    public async Task One_port_for_two_resources_is_refused_with_both_names()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var builder = _application.CreateBuilder(new EngineOptions());
        _application.AddFollower(builder, "follower1", port);
        _application.AddFollower(builder, "follower2", port);

        var message = await RunAndFailAsync(builder);

        Assert.Contains($"Port {port} is asked for twice, by 'follower1' and by 'follower2'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_that_does_not_exist_is_named_with_those_that_do()
    {
        var builder = _application.CreateBuilder(args: ["--Parameters:write-qorum=2", "--Parameters:write_quorum=2"]);
        builder.AddParameter("write-quorum");

        var message = await RunAndFailAsync(builder);

        Assert.Equal("There is no parameter 'write-qorum'; there are: write-quorum.", message);
    }

    [Fact]
    public async Task Every_missing_parameter_is_named_with_the_ways_to_give_it()
    {
        var builder = _application.CreateBuilder();
        builder.AddParameter("write-quorum");
        builder.AddParameter("api-key", secret: true);

        var message = await RunAndFailAsync(builder);

        Assert.Contains("Parameter 'write-quorum' has no value", message, StringComparison.Ordinal);
        Assert.Contains("--Parameters:write-quorum=VALUE", message, StringComparison.Ordinal);
        Assert.Contains("Parameter 'api-key' has no value", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_that_is_not_built_is_named_with_the_command_that_builds_it()
    {
        var builder = _application.CreateBuilder();
        builder.AddProject<NeverBuilt>("ghost", launchProfileName: null);

        var message = await RunAndFailAsync(builder);

        Assert.Contains("Resource 'ghost' cannot start: its project is not built", message, StringComparison.Ordinal);
        Assert.Contains("dotnet build \"/nowhere/Ghost.csproj\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_needed_node_that_exits_at_its_start_is_named_with_its_exit_code_and_last_lines_and_the_others_are_stopped()
    {
        var builder = _application.CreateBuilder();
        _application.AddFollower(builder, "follower1").WithReference(AddBroken(builder));

        var app = builder.Build();
        var message = await FailAsync(app.RunAsync());

        Assert.Contains("Resource 'broken' exited with code ", message, StringComparison.Ordinal);
        Assert.Contains("Its last lines:", message, StringComparison.Ordinal);
        await app.ResourceNotifications.WaitForResourceAsync("follower1", KnownResourceStates.Exited).WaitAsync(TestApplication.Deadline);
    }

    [Fact]
    public async Task A_resource_that_nobody_needs_may_exit_at_its_start_and_the_others_go_on()
    {
        var builder = _application.CreateBuilder();
        _application.AddFollower(builder, "follower1");
        AddBroken(builder);

        using var stop = new CancellationTokenSource();
        var run = builder.Build().RunAsync(stop.Token);
        await Eventually.HoldsAsync(
            "the others are healthy",
            () => Task.FromResult(_application.Output.Contains("1 of 2 resources are healthy", StringComparison.Ordinal)));

        Assert.Contains("Resource 'broken' exited with code ", _application.Output, StringComparison.Ordinal);
        Assert.Contains("No other resource needs 'broken'", _application.Output, StringComparison.Ordinal);
        Assert.Contains(", all but broken.", _application.Output, StringComparison.Ordinal);
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await run.WaitAsync(TestApplication.Deadline);
    }

    [Fact]
    public async Task When_every_resource_exits_at_its_start_the_application_ends()
    {
        var builder = _application.CreateBuilder();
        AddBroken(builder);

        Assert.Contains("Resource 'broken' exited with code ", await RunAndFailAsync(builder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_exist_is_named_with_those_that_do()
    {
        var builder = _application.CreateBuilder();
        var follower = _application.AddFollower(builder, "follower1");
        follower.WithEnvironment("ELSEWHERE", follower.GetEndpoint("grpc"));

        Assert.Contains(
            "Resource 'follower1' cannot start: resource 'follower1' has no endpoint 'grpc'. Its endpoints: http.",
            await RunAndFailAsync(builder),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_does_not_become_healthy_in_time_is_named_with_its_last_answer_and_the_others_go_on()
    {
        var builder = _application.CreateBuilder(new EngineOptions { RandomizePorts = true, HealthLimit = TimeSpan.FromSeconds(3) });
        _application.AddFollower(builder, "follower1").WithHttpHealthCheck("/no-such-path");

        using var stop = new CancellationTokenSource();
        var run = builder.Build().RunAsync(stop.Token);
        await Eventually.HoldsAsync(
            "the node is named",
            () => Task.FromResult(_application.Output.Contains("Resource 'follower1' is not healthy after 3 s", StringComparison.Ordinal)));

        Assert.Contains("/no-such-path", _application.Output, StringComparison.Ordinal);
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await run.WaitAsync(TestApplication.Deadline);
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused()
    {
        var builder = _application.CreateBuilder();
        builder.AddParameter("leader", "x");

        var exception = Assert.Throws<DistributedApplicationException>(() => _application.AddFollower(builder, "Leader"));

        Assert.Contains("two resources named 'Leader'", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _application.Dispose();

    private IResourceBuilder<ProjectResource> AddBroken(IDistributedApplicationBuilder builder) =>
        _application.AddFollower(builder, "broken").WithEnvironment("ASPNETCORE_URLS", "not-an-address").WithEnvironment("NODE_ROLE", "no-such-role");

    private static Task<string> RunAndFailAsync(IDistributedApplicationBuilder builder) => FailAsync(builder.Build().RunAsync());

    private static async Task<string> FailAsync(Task run) =>
        (await Assert.ThrowsAnyAsync<DistributedApplicationException>(() => run.WaitAsync(TestApplication.Deadline))).Message;

    private sealed class NeverBuilt : IProjectMetadata
    {
        public string ProjectPath => "/nowhere/Ghost.csproj";

        public string TargetPath => "/nowhere/Ghost.dll";
    }
}

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
        owner.Start();
        var port = ((IPEndPoint)owner.LocalEndpoint).Port;
        var builder = _application.CreateBuilder(new EngineOptions());
        _application.AddFollower(builder, "follower1");
        _application.AddFollower(builder, "follower2", port);

        var message = await RunAndFailAsync(builder);

        Assert.Contains($"Port {port} of resource 'follower2' is in use", message, StringComparison.Ordinal);
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

        Assert.Contains($"Port {port} is asked for by two resources, 'follower1' and 'follower2'", message, StringComparison.Ordinal);
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
    public async Task A_node_that_exits_at_its_start_is_named_with_its_exit_code_and_last_lines_and_the_others_are_stopped()
    {
        var builder = _application.CreateBuilder();
        _application.AddFollower(builder, "follower1");
        _application.AddFollower(builder, "broken").WithEnvironment("ASPNETCORE_URLS", "not-an-address").WithEnvironment("NODE_ROLE", "no-such-role");

        var app = builder.Build();
        var message = await FailAsync(app.RunAsync());

        Assert.Contains("Resource 'broken' exited with code ", message, StringComparison.Ordinal);
        Assert.Contains("Its last lines:", message, StringComparison.Ordinal);
        await app.ResourceNotifications.WaitForResourceAsync("follower1", KnownResourceStates.Exited).WaitAsync(TestApplication.Deadline);
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

    private static Task<string> RunAndFailAsync(IDistributedApplicationBuilder builder) => FailAsync(builder.Build().RunAsync());

    private static async Task<string> FailAsync(Task run) =>
        (await Assert.ThrowsAnyAsync<DistributedApplicationException>(() => run.WaitAsync(TestApplication.Deadline))).Message;

    private sealed class NeverBuilt : IProjectMetadata
    {
        public string ProjectPath => "/nowhere/Ghost.csproj";

        public string TargetPath => "/nowhere/Ghost.dll";
    }
}

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using KvStore.Hosting.Engine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Tests.Hosting;

/// <summary>What a running resource gets, and what becomes of it when it is stopped, restarted or killed.</summary>
public sealed class ResourceLifetimeTests : IDisposable
{
    private readonly TestApplication _application = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    [Fact]
    public void A_process_is_told_its_address_its_name_its_references_and_to_stop_with_the_engine_but_not_the_environment_of_the_AppHost()
    {
        var builder = _application.CreateBuilder();
        var leader = _application.AddFollower(builder, "leader");
        var follower = _application.AddFollower(builder, "follower-1");
        leader.WithReference(follower);
        follower.WithReference(leader);
        leader.Resource.Endpoint!.Allocate(8000);
        follower.Resource.Endpoint!.Allocate(8001);

        var configuration = new ConfigurationBuilder().AddCommandLine(["--OTEL_EXPORTER_OTLP_ENDPOINT=http://otlp"]).Build();
        var environment = ProjectProcess.Describe(leader.Resource, ProjectProcess.GetEnvironment(leader.Resource, configuration)).Environment;

        Assert.Equal("http://localhost:8000", environment["ASPNETCORE_URLS"]);
        Assert.Equal("http://localhost:8001", environment["services__follower-1__http__0"]);
        Assert.Equal("http://localhost:8001", environment["FOLLOWER_1_HTTP"]);
        Assert.Equal("leader", environment["OTEL_SERVICE_NAME"]);
        Assert.StartsWith("service.instance.id=", environment["OTEL_RESOURCE_ATTRIBUTES"], StringComparison.Ordinal);
        Assert.Equal("http://otlp", environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("true", environment["KVSTORE_STOP_ON_STDIN_EOF"]);
        Assert.DoesNotContain("DOTNET_ENVIRONMENT", environment.Keys);
        Assert.DoesNotContain("ASPNETCORE_ENVIRONMENT", environment.Keys);
    }

    [Fact]
    public async Task A_stopped_resource_is_gone_and_comes_back_on_its_address()
    {
        await using var app = await StartAsync("follower1");
        var address = app.GetEndpoint("follower1");
        var pid = await GetProcessIdAsync(address);

        var stopped = await app.ResourceCommands.ExecuteCommandAsync("follower1", KnownResourceCommands.StopCommand);

        Assert.True(stopped.Success, stopped.Message);
        await app.ResourceNotifications.WaitForResourceAsync("follower1", KnownResourceStates.TerminalStates).WaitAsync(TestApplication.Deadline);
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(address));

        var started = await app.ResourceCommands.ExecuteCommandAsync("follower1", KnownResourceCommands.StartCommand);

        Assert.True(started.Success, started.Message);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);
        Assert.Equal(address, app.GetEndpoint("follower1"));
        Assert.NotEqual(pid, await GetProcessIdAsync(address));
    }

    [Fact]
    public async Task A_restarted_resource_is_another_process_on_the_same_address()
    {
        await using var app = await StartAsync("follower1");
        var address = app.GetEndpoint("follower1");
        var pid = await GetProcessIdAsync(address);

        var restarted = await app.ResourceCommands.ExecuteCommandAsync("follower1", KnownResourceCommands.RestartCommand);

        Assert.True(restarted.Success, restarted.Message);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);
        Assert.NotEqual(pid, await GetProcessIdAsync(address));
    }

    [Fact]
    public async Task A_resource_that_is_killed_is_exited_with_its_code_and_the_others_go_on()
    {
        await using var app = await StartAsync("follower1", "follower2");
        using (var node = Process.GetProcessById(await GetProcessIdAsync(app.GetEndpoint("follower1"))))
        {
            node.Kill();
        }

        var exited = await app.ResourceNotifications
            .WaitForResourceAsync("follower1", e => e.Snapshot.State?.Text == KnownResourceStates.Exited)
            .WaitAsync(TestApplication.Deadline);

        Assert.NotNull(exited.Snapshot.ExitCode);
        Assert.NotEqual(0, exited.Snapshot.ExitCode);
        await Assert.ThrowsAsync<DistributedApplicationException>(() => app.ResourceNotifications.WaitForResourceHealthyAsync("follower1"));
        Assert.True(await GetProcessIdAsync(app.GetEndpoint("follower2")) > 0);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("follower1", KnownResourceCommands.StartCommand)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);
        Assert.Contains(_application.Lines, line => line.StartsWith("follower1 exited with code ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_does_not_stop_in_time_is_killed()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // No way to freeze a process from outside.
        }

        var builder = _application.CreateBuilder(new EngineOptions { RandomizePorts = true, StopLimit = TimeSpan.FromSeconds(1) });
        _application.AddFollower(builder, "follower1");
        await using var app = builder.Build();
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);
        var pid = await GetProcessIdAsync(app.GetEndpoint("follower1"));
        using (var freeze = Process.Start("kill", ["-STOP", $"{pid}"]))
        {
            await freeze.WaitForExitAsync();
        }

        var stopped = await app.ResourceCommands.ExecuteCommandAsync("follower1", KnownResourceCommands.StopCommand).WaitAsync(TestApplication.Deadline);

        Assert.True(stopped.Success, stopped.Message);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid));
        Assert.Contains(_application.Lines, line => line.Contains("did not stop within 1 s and was killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_that_cannot_be_done_says_why()
    {
        await using var app = await StartAsync("follower1");

        var twice = await app.ResourceCommands.ExecuteCommandAsync("follower1", KnownResourceCommands.StartCommand);
        var nobody = await app.ResourceCommands.ExecuteCommandAsync("nobody", KnownResourceCommands.StopCommand);
        var unknown = await app.ResourceCommands.ExecuteCommandAsync("follower1", "explode");

        Assert.Equal((false, "Resource 'follower1' runs already."), (twice.Success, twice.Message));
        Assert.Contains("'nobody'", nobody.Message, StringComparison.Ordinal);
        Assert.Contains("'explode'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_waits_for_another_starts_when_that_one_is_healthy()
    {
        var builder = _application.CreateBuilder();
        var first = _application.AddFollower(builder, "first");
        _application.AddFollower(builder, "second").WaitFor(first);
        await using var app = builder.Build();
        HealthStatus? healthOfFirst = null;
        var secondStarts = app.ResourceNotifications.WaitForResourceAsync("second", SeesFirst);

        await app.StartAsync().WaitAsync(TestApplication.Deadline);
        await secondStarts.WaitAsync(TestApplication.Deadline);

        Assert.Equal(HealthStatus.Healthy, healthOfFirst);

        bool SeesFirst(ResourceEvent e)
        {
            if (e.Snapshot.State?.Text != KnownResourceStates.Starting)
            {
                return false;
            }

            healthOfFirst = app.ResourceNotifications.GetSnapshot("first").HealthStatus;
            return true;
        }
    }

    [Fact]
    public async Task Disposing_the_application_leaves_no_process()
    {
        var app = await StartAsync("follower1", "follower2");
        int[] pids = [await GetProcessIdAsync(app.GetEndpoint("follower1")), await GetProcessIdAsync(app.GetEndpoint("follower2"))];

        await app.DisposeAsync();

        Assert.All(pids, pid => Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid)));
    }

    public void Dispose()
    {
        _client.Dispose();
        _application.Dispose();
    }

    private async Task<DistributedApplication> StartAsync(params string[] names)
    {
        var builder = _application.CreateBuilder();
        foreach (var name in names)
        {
            _application.AddFollower(builder, name);
        }

        var app = builder.Build();
        await app.StartAsync();
        foreach (var name in names)
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name).WaitAsync(TestApplication.Deadline);
        }

        return app;
    }

    private async Task<int> GetProcessIdAsync(Uri address) => (await _client.GetFromJsonAsync<JsonElement>(address)).GetProperty("pid").GetInt32();
}

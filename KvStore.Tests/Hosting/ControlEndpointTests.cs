using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Hosting;

/// <summary>What a resource that was given the control endpoint can see and do with it.</summary>
public sealed class ControlEndpointTests : IAsyncLifetime, IDisposable
{
    private const string Secret = "the-value-of-a-secret-parameter";
    private readonly TestApplication _application = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly IDistributedApplicationBuilder _builder;
    private DistributedApplication? _app;
    private Task _run = Task.CompletedTask;

    public ControlEndpointTests()
    {
        _builder = _application.CreateBuilder();
        _client.BaseAddress = new Uri(_builder.Configuration["KVSTORE_CONTROL_URL"]!);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _builder.Configuration["KVSTORE_CONTROL_TOKEN"]);
    }

    [Fact]
    public async Task It_lists_every_resource_with_its_state_process_addresses_and_commands()
    {
        AddFollower("follower1");
        AddFollower("follower2");
        await StartAsync();

        var resources = await ListAsync();

        Assert.Equal(["follower1", "follower2"], resources.Select(resource => resource.GetProperty("name").GetString()!));
        var follower = resources[0];
        var address = _app!.GetEndpoint("follower1").GetLeftPart(UriPartial.Authority);
        Assert.Equal("project", follower.GetProperty("type").GetString());
        Assert.Equal("Running", follower.GetProperty("state").GetString());
        Assert.Equal("Healthy", follower.GetProperty("health").GetString());
        Assert.StartsWith($"GET {address}/health answered 200", follower.GetProperty("health_detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(await GetProcessIdAsync("follower1"), follower.GetProperty("pid").GetInt32());
        Assert.EndsWith("Z", follower.GetProperty("started_at").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, follower.GetProperty("stopped_at").ValueKind);
        Assert.Equal(JsonValueKind.Null, follower.GetProperty("exit_code").ValueKind);
        Assert.Equal($$"""[{"name":"http","url":"{{address}}","display_text":null}]""", follower.GetProperty("urls").GetRawText());
        Assert.Equal("""["stop","restart","kill"]""", follower.GetProperty("commands").GetRawText());
    }

    [Fact]
    public async Task It_tells_what_was_set_for_a_process_and_no_secret()
    {
        var secret = _builder.AddParameter("secret", Secret, secret: true);
        var follower = AddFollower("follower1")
            .WithEnvironment("PLAIN", secret)
            .WithEnvironment("WITHIN", $"x={secret}")
            .WithEnvironment("SOME_API_KEY", Secret)
            .WithEnvironment("OTLP_HEADERS", $"x={Secret}");
        follower.WithUrl($"{follower.GetEndpoint("http")}/login?t={secret}", "Login").WithUrl($"{follower.GetEndpoint("http")}/docs", "Docs");
        await StartAsync();

        var answer = await _client.GetStringAsync(new Uri("/resources", UriKind.Relative));

        Assert.DoesNotContain(Secret, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(_builder.Configuration["KVSTORE_CONTROL_TOKEN"]!, answer, StringComparison.Ordinal);
        Assert.Contains("""{"name":"NODE_ROLE","value":"follower","is_secret":false}""", answer, StringComparison.Ordinal);
        foreach (var name in new[] { "PLAIN", "WITHIN", "SOME_API_KEY", "OTLP_HEADERS", "CLUSTER_SECRET", "KVSTORE_CONTROL_TOKEN" })
        {
            Assert.Contains($$"""{"name":"{{name}}","value":null,"is_secret":true}""", answer, StringComparison.Ordinal);
        }

        Assert.Contains("\"display_text\":\"Docs\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("PATH\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_resource_is_exited_with_its_code_the_application_goes_on_and_a_start_brings_it_back()
    {
        AddFollower("follower1");
        AddFollower("follower2");
        await StartAsync();
        var pid = await GetProcessIdAsync("follower1");

        Assert.Equal("""{"success":true}""", await CommandAsync("follower1", "kill", HttpStatusCode.OK));

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid));
        var killed = (await ListAsync())[0];
        Assert.Equal("Exited", killed.GetProperty("state").GetString());
        Assert.NotEqual(0, killed.GetProperty("exit_code").GetInt32());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(137, killed.GetProperty("exit_code").GetInt32());
        }

        Assert.Equal(JsonValueKind.Null, killed.GetProperty("pid").ValueKind);
        Assert.EndsWith("Z", killed.GetProperty("stopped_at").GetString(), StringComparison.Ordinal);
        Assert.Equal("""["start"]""", killed.GetProperty("commands").GetRawText());
        Assert.Contains("does not run", await CommandAsync("follower1", "kill", HttpStatusCode.Conflict), StringComparison.Ordinal);
        Assert.False(_run.IsCompleted);

        await CommandAsync("follower1", "start", HttpStatusCode.OK);
        await _app!.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);
        Assert.NotEqual(pid, await GetProcessIdAsync("follower1"));
        Assert.Contains("runs already", await CommandAsync("follower1", "start", HttpStatusCode.Conflict), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_every_resource_stopped_the_application_goes_on_and_ends_when_it_is_asked_to()
    {
        AddFollower("follower1");
        await StartAsync();

        await CommandAsync("follower1", "stop", HttpStatusCode.OK);

        Assert.Equal(0, (await ListAsync())[0].GetProperty("exit_code").GetInt32());
        Assert.Contains("does not run", await CommandAsync("follower1", "stop", HttpStatusCode.Conflict), StringComparison.Ordinal);
        Assert.False(_run.IsCompleted);
        await _stop.CancelAsync();
        await _run.WaitAsync(TestApplication.Deadline);
    }

    [Fact]
    public async Task A_resource_that_is_killed_before_it_was_healthy_does_not_end_the_application()
    {
        AddFollower("follower1");
        AddFollower("slow").WithHttpHealthCheck("/no-such-path");
        Run();
        await ListenAsync();

        await CommandAsync("slow", "kill", HttpStatusCode.OK);
        await CommandAsync("slow", "start", HttpStatusCode.OK);
        await CommandAsync("slow", "stop", HttpStatusCode.OK);

        Assert.Equal("Exited", (await ListAsync())[1].GetProperty("state").GetString());
        Assert.False(_run.IsCompleted);
    }

    [Fact]
    public async Task A_command_is_carried_out_when_its_caller_has_gone()
    {
        AddFollower("follower1");
        await StartAsync();
        var pid = await GetProcessIdAsync("follower1");
        var stopping = _app!.ResourceNotifications.WaitForResourceAsync("follower1", KnownResourceStates.Stopping);
        var stop = CommandAsync("follower1", "stop", HttpStatusCode.OK);
        await stopping.WaitAsync(TestApplication.Deadline);

        // The start waits for the stop, and by then nobody waits for the start.
        using (var caller = new TcpClient())
        {
            await caller.ConnectAsync(IPAddress.Loopback, _client.BaseAddress!.Port);
            await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /resources/follower1/start HTTP/1.1\r\nHost: {_client.BaseAddress.Authority}\r\n"
                + $"Authorization: {_client.DefaultRequestHeaders.Authorization}\r\nContent-Length: 0\r\n\r\n"));
        }

        await stop;
        await Eventually.HoldsAsync(
            "another process runs",
            async () => (await ListAsync())[0].GetProperty("pid") is { ValueKind: JsonValueKind.Number } now && now.GetInt32() != pid);
    }

    [Fact]
    public async Task The_console_is_kept_over_restarts_and_says_where_a_process_ended()
    {
        AddFollower("follower1");
        await StartAsync();
        var pid = await GetProcessIdAsync("follower1");
        var before = await ReadConsoleAsync("follower1", after: 0);

        await CommandAsync("follower1", "kill", HttpStatusCode.OK);
        await CommandAsync("follower1", "start", HttpStatusCode.OK);
        await _app!.ResourceNotifications.WaitForResourceHealthyAsync("follower1").WaitAsync(TestApplication.Deadline);

        var all = await ReadConsoleAsync("follower1", after: 0);
        var lines = all.GetProperty("lines").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, lines.Count), lines.Select(line => line.GetProperty("number").GetInt32()));
        Assert.Equal(1, all.GetProperty("first").GetInt64());
        Assert.Equal(lines.Count, all.GetProperty("next").GetInt64());
        Assert.All(lines, line => Assert.EndsWith("Z", line.GetProperty("at").GetString(), StringComparison.Ordinal));
        var end = lines.FindIndex(line => line.GetProperty("text").GetString()!.StartsWith($"— process {pid} exited with code ", StringComparison.Ordinal));
        Assert.InRange(end, before.GetProperty("lines").GetArrayLength(), lines.Count - 2);
        var rest = await ReadConsoleAsync("follower1", after: end + 1);
        Assert.Equal(lines[end + 1].GetProperty("text").GetString(), rest.GetProperty("lines")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task What_does_not_exist_is_answered_with_a_problem()
    {
        AddFollower("follower1");
        await StartAsync();

        foreach (var (method, path, status) in new[]
        {
            (HttpMethod.Get, "/resources/nobody/console", HttpStatusCode.NotFound),
            (HttpMethod.Get, "/resources/follower1/console?after=x", HttpStatusCode.BadRequest),
            (HttpMethod.Get, "/resources/follower1/stop", HttpStatusCode.NotFound),
            (HttpMethod.Get, "/elsewhere", HttpStatusCode.NotFound),
            (HttpMethod.Post, "/resources/nobody/stop", HttpStatusCode.NotFound),
            (HttpMethod.Post, "/resources/follower1/explode", HttpStatusCode.NotFound),
        })
        {
            using var request = new HttpRequestMessage(method, path);
            await AssertProblemAsync(request, status);
        }
    }

    [Fact]
    public async Task Only_a_program_with_the_token_gets_in_and_no_page_in_a_browser()
    {
        AddFollower("follower1");
        await StartAsync();

        using var nothing = Request(headers => headers.Authorization = null);
        using var wrong = Request(headers => headers.Authorization = new("Bearer", new string('0', 64)));
        using var basic = Request(headers => headers.Authorization = new("Basic", _builder.Configuration["KVSTORE_CONTROL_TOKEN"]));
        using var page = Request(headers => headers.Add("Origin", "http://localhost:18888"));
        using var rebound = Request(headers => headers.Host = $"evil.example:{_client.BaseAddress!.Port}");
        using var otherPort = Request(headers => headers.Host = "127.0.0.1:1");

        // The client's own token must not stand in for the one that is left out.
        var authorization = _client.DefaultRequestHeaders.Authorization;
        _client.DefaultRequestHeaders.Authorization = null;
        await AssertProblemAsync(nothing, HttpStatusCode.Unauthorized);
        await AssertProblemAsync(wrong, HttpStatusCode.Unauthorized);
        await AssertProblemAsync(basic, HttpStatusCode.Unauthorized);
        _client.DefaultRequestHeaders.Authorization = authorization;
        await AssertProblemAsync(page, HttpStatusCode.Forbidden);
        await AssertProblemAsync(rebound, HttpStatusCode.Forbidden);
        await AssertProblemAsync(otherPort, HttpStatusCode.Forbidden);
        Assert.Equal("Running", (await ListAsync())[0].GetProperty("state").GetString());

        static HttpRequestMessage Request(Action<HttpRequestHeaders> change)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/resources/follower1/kill");
            change(request.Headers);
            return request;
        }
    }

    [Fact]
    public async Task Nobody_listens_when_no_resource_was_given_the_address()
    {
        _application.AddFollower(_builder, "follower1");
        await using var app = _builder.Build();
        await app.StartAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(new Uri("/resources", UriKind.Relative)));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(TestApplication.Deadline);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _client.Dispose();
        _application.Dispose();
    }

    /// <summary>A node that is given the control endpoint, as the dashboard is.</summary>
    private IResourceBuilder<ProjectResource> AddFollower(string name) =>
        _application.AddFollower(_builder, name)
            .WithEnvironment("KVSTORE_CONTROL_URL", _builder.Configuration["KVSTORE_CONTROL_URL"])
            .WithEnvironment("KVSTORE_CONTROL_TOKEN", _builder.Configuration["KVSTORE_CONTROL_TOKEN"]);

    /// <summary>Runs the application as an AppHost does, until the end of the test.</summary>
    private void Run()
    {
        _app = _builder.Build();
        _run = _app.RunAsync(_stop.Token);
    }

    private async Task StartAsync()
    {
        Run();
        await Eventually.HoldsAsync(
            "every resource is healthy",
            () => Task.FromResult(_application.Output.Contains(" resources are healthy after ", StringComparison.Ordinal)));
    }

    private Task ListenAsync() => Eventually.HoldsAsync("the control endpoint listens", async () =>
    {
        try
        {
            return (await ListAsync()).Count > 0;
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return false;
        }
    });

    private async Task<IReadOnlyList<JsonElement>> ListAsync() =>
        [.. (await _client.GetFromJsonAsync<JsonElement>(new Uri("/resources", UriKind.Relative))).GetProperty("resources").EnumerateArray()];

    private async Task<string> CommandAsync(string name, string command, HttpStatusCode expected)
    {
        using var response = await _client.PostAsync(new Uri($"/resources/{name}/{command}", UriKind.Relative), null);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{command}: {response.StatusCode}, {body}");
        return body;
    }

    private Task<JsonElement> ReadConsoleAsync(string name, int after) =>
        _client.GetFromJsonAsync<JsonElement>(new Uri($"/resources/{name}/console?after={after}", UriKind.Relative));

    private async Task AssertProblemAsync(HttpRequestMessage request, HttpStatusCode status)
    {
        using var response = await _client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    private async Task<int> GetProcessIdAsync(string name) =>
        (await _client.GetFromJsonAsync<JsonElement>(_app!.GetEndpoint(name))).GetProperty("pid").GetInt32();
}

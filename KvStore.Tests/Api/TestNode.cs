using KvStore.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KvStore.Tests.Api;

/// <summary>
/// One node of the real program inside the test's process, on a real socket. Every variable that a node reads is given as an
/// argument, so the environment of the machine changes nothing.
/// </summary>
public sealed class TestNode : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Defaults = new()
    {
        ["environment"] = "Production",
        ["Logging:LogLevel:Default"] = "None",
        ["FOLLOWERS"] = "",
        ["LEADER"] = "",
        ["WRITE_QUORUM"] = "",
        ["MIN_DELAY_MS"] = "0",
        ["MAX_DELAY_MS"] = "0",
        ["WRITE_TIMEOUT_MS"] = "20000",
        ["CLUSTER_SECRET"] = "",
        ["CLUSTER_SECRET_FILE"] = "",
        ["BACKUP_DIR"] = "",
        ["KVSTORE_FAULTS"] = "",
        ["KVSTORE_FAULTS_SEED"] = "",
        ["KVSTORE_STOP_ON_STDIN_EOF"] = "false",
        ["KVSTORE_OTLP_ENDPOINT"] = "",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
        ["OTEL_TRACES_SAMPLER_ARG"] = "",
    };

    private readonly WebApplication _app;
    private bool _stopped;

    private TestNode(string id, WebApplication app)
    {
        (Id, _app) = (id, app);
        Address = new Uri(app.Urls.First());

        // Without propagation, so that the trace of a request is the one that the test names, whatever listens in this process.
        Client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>NODE_ID.</summary>
    public string Id { get; }

    /// <summary>Where the node listens.</summary>
    public Uri Address { get; }

    /// <summary>The address as a person would write it.</summary>
    public string Url => Address.GetLeftPart(UriPartial.Authority);

    /// <summary>A client of this node.</summary>
    public HttpClient Client { get; }

    /// <summary>A part of the running node.</summary>
    internal T Part<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Starts a node and returns when it listens.</summary>
    /// <param name="role"><c>leader</c> or <c>follower</c>.</param>
    /// <param name="id">NODE_ID.</param>
    /// <param name="dataDirectory">DATA_DIR.</param>
    /// <param name="settings">Further variables, by name; they win over the defaults of the tests.</param>
    public static async Task<TestNode> StartAsync(
        string role, string id, string dataDirectory, params IEnumerable<KeyValuePair<string, string>> settings)
    {
        var variables = new Dictionary<string, string>(Defaults)
        {
            ["NODE_ROLE"] = role,
            ["NODE_ID"] = id,
            ["DATA_DIR"] = dataDirectory,
            ["urls"] = $"http://127.0.0.1:{FreePort.Take()}",
        };
        foreach (var (name, value) in settings)
        {
            variables[name] = value;
        }

        var app = NodeApplication.Build([.. variables.Select(variable => $"--{variable.Key}={variable.Value}")]);
        try
        {
            await app.StartAsync();
            return new TestNode(id, app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The node is told to stop but goes on listening, as it does while it answers the last requests.</summary>
    public void BeginShutdown() => _app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    /// <summary>Stops the node in good order and frees its address and its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            Client.Dispose();
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }
}

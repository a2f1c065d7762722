// The cluster: one leader takes every write and ships it to five followers, each a process with its own disk.
// A write is answered once the leader and `write-quorum` followers have it on disk. The dashboard shows it happen.
//
//   dotnet run --project KvStore.AppHost -- --Parameters:write-quorum=2 --Parameters:max-delay-ms=50
//   dotnet run --project KvStore.AppHost -- --fresh      (starts with empty nodes)
//   dotnet run --project KvStore.AppHost -- --operation publish --step publish --output-path OUT      (for Docker Compose)

using System.Net.NetworkInformation;
using Microsoft.Extensions.Configuration;

var fresh = args.Contains("--fresh");
var builder = DistributedApplication.CreateBuilder([.. args.Where(argument => argument != "--fresh")]);
var isPublished = builder.ExecutionContext.IsPublishMode;
var dataPath = Path.GetFullPath(builder.Configuration["Data:Path"] ?? "data", builder.AppHostDirectory);
var compose = new ComposeCluster(builder);

var writeQuorum = AddSetting("write-quorum", "3");
var minDelayMs = AddSetting("min-delay-ms", "0");
var maxDelayMs = AddSetting("max-delay-ms", "1000");
var writeTimeoutMs = AddSetting("write-timeout-ms", "5000");
var clusterSecret = AddSecret("cluster-secret");
var dashboardToken = AddSecret("dashboard-token");
var otlpApiKey = AddSecret("otlp-api-key");

string[] followerIds = ["follower1", "follower2", "follower3", "follower4", "follower5"];

var dashboard = builder.AddProject<Projects.KvStore_Dashboard>("dashboard", launchProfileName: null)
    .WithHttpEndpoint(port: Port("Dashboard:Port", 18888), targetPort: Published(18888), name: "http")
    .WithHttpEndpoint(port: Port("Dashboard:OtlpGrpcPort", 4317), targetPort: Published(4317), name: "otlp-grpc", env: "DASHBOARD_OTLP_GRPC_PORT")
    .WithHttpEndpoint(port: Port("Dashboard:OtlpHttpPort", 4318), targetPort: Published(4318), name: "otlp-http", env: "DASHBOARD_OTLP_HTTP_PORT")
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithEnvironment("DASHBOARD_TOKEN", dashboardToken)
    .WithEnvironment("DASHBOARD_OTLP_API_KEY", otlpApiKey)
    .WithEnvironment("CLUSTER_SECRET", clusterSecret)
    .WithEnvironment("LEADER", "http://leader")
    .WithEnvironment("FOLLOWERS", string.Join(',', followerIds.Select(id => $"http://{id}")));
compose.PublishDashboard(dashboard);
dashboard.WithUrl($"{dashboard.GetEndpoint("http")}/login?t={dashboardToken}", "Login to the dashboard");

var leader = AddNode("leader", port: 8000)
    .WithEnvironment("NODE_ROLE", "leader")
    .WithEnvironment("FOLLOWERS", string.Join(',', followerIds.Select(LinkTo)))
    .WithEnvironment("WRITE_QUORUM", writeQuorum)
    .WithEnvironment("MIN_DELAY_MS", minDelayMs)
    .WithEnvironment("MAX_DELAY_MS", maxDelayMs)
    .WithEnvironment("WRITE_TIMEOUT_MS", writeTimeoutMs);
dashboard.WithReference(leader);

// No node waits for another: a follower that starts late catches up, whoever is first.
foreach (var (index, id) in followerIds.Index())
{
    var follower = AddNode(id, port: 8001 + index)
        .WithEnvironment("NODE_ROLE", "follower")
        .WithEnvironment("LEADER", "http://leader")
        .WithReference(leader);
    leader.WithReference(follower);
    dashboard.WithReference(follower);
}

// The embedded engine takes commands from the dashboard; Aspire's has a dashboard of its own for that, and sets neither.
foreach (var name in new[] { "KVSTORE_CONTROL_URL", "KVSTORE_CONTROL_TOKEN" })
{
    if (builder.Configuration[name] is { } value)
    {
        dashboard.WithEnvironment(name, value);
    }
}

builder.Build().Run();

IResourceBuilder<ProjectResource> AddNode(string id, int port)
{
    var nodePath = Path.Combine(dataPath, id);
    if (fresh && !isPublished && Directory.Exists(nodePath) && !IsInUse(port))
    {
        Directory.Delete(nodePath, recursive: true);
    }

    var node = builder.AddProject<Projects.KvStore_Node>(id, launchProfileName: null)
        .WithHttpEndpoint(port: port, targetPort: Published(ComposeCluster.NodePort))
        .WithExternalHttpEndpoints()
        .WithHttpHealthCheck("/health")
        .WithEnvironment("NODE_ID", id)
        .WithEnvironment("DATA_DIR", isPublished ? $"{ComposeCluster.DataFolder}/{id}" : nodePath)
        .WithEnvironment("CLUSTER_SECRET", clusterSecret);
    compose.PublishNode(node, port);

    // Telemetry goes to the dashboard, beside whatever the standard variables say; or to where a test wants it.
    return builder.Configuration["KVSTORE_OTLP_ENDPOINT"] is { } otlp && !isPublished
        ? node.WithEnvironment("KVSTORE_OTLP_ENDPOINT", otlp)
        : node.WithEnvironment("KVSTORE_OTLP_ENDPOINT", dashboard.GetEndpoint("otlp-grpc"))
            .WithEnvironment("KVSTORE_OTLP_HEADERS", $"x-otlp-api-key={otlpApiKey}");
}

// A node that runs keeps its data, and the start fails on its port.
static bool IsInUse(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port);

// A parameter with a constant default hides what the configuration says of it, so the configuration is asked first.
// The name of a variable, such as Parameters__write_quorum, has no dashes.
IResourceBuilder<ParameterResource> AddSetting(string name, string defaultValue)
{
    var value = builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"];
    compose.SetDefault(name, value ?? defaultValue);
    return builder.AddParameter(name, value ?? defaultValue, publishValueAsDefault: true);
}

// Made at the first start and kept in the AppHost's user secrets; can be set as any parameter. In containers the nodes make their
// own secret, and the others may be absent.
IResourceBuilder<ParameterResource> AddSecret(string name)
{
    compose.SetDefault(name, "");
    return builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
}

// A port of the dashboard that was asked for, or the usual one, or any, where another program has the usual one.
int? Port(string name, int usual) => builder.Configuration.GetValue<int?>(name) ?? (isPublished || !IsInUse(usual) ? usual : null);

// A port inside a container. Processes that share a machine have theirs from the engine.
int? Published(int port) => isPublished ? port : null;

// The address that the leader knows a follower by. Tests put a proxy of their own in between.
string LinkTo(string followerId) => builder.Configuration[$"Links:{followerId}"] ?? $"http://{followerId}";

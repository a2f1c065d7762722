// The cluster: one leader takes every write and ships it to five followers, each a process with its own disk.
// A write is answered once the leader and `write-quorum` followers have it on disk.
//
//   dotnet run --project KvStore.AppHost -- --Parameters:write-quorum=2 --Parameters:max-delay-ms=50
//   dotnet run --project KvStore.AppHost -- --fresh      (starts with empty nodes)

using System.Net.NetworkInformation;

var fresh = args.Contains("--fresh");
var builder = DistributedApplication.CreateBuilder([.. args.Where(argument => argument != "--fresh")]);
var dataPath = Path.GetFullPath(builder.Configuration["Data:Path"] ?? "data", builder.AppHostDirectory);

var writeQuorum = AddSetting("write-quorum", "3");
var minDelayMs = AddSetting("min-delay-ms", "0");
var maxDelayMs = AddSetting("max-delay-ms", "1000");
var writeTimeoutMs = AddSetting("write-timeout-ms", "5000");
var clusterSecret = builder.AddParameter(
    "cluster-secret", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

string[] followerIds = ["follower1", "follower2", "follower3", "follower4", "follower5"];

var leader = AddNode("leader", port: 8000)
    .WithEnvironment("NODE_ROLE", "leader")
    .WithEnvironment("FOLLOWERS", string.Join(',', followerIds.Select(LinkTo)))
    .WithEnvironment("WRITE_QUORUM", writeQuorum)
    .WithEnvironment("MIN_DELAY_MS", minDelayMs)
    .WithEnvironment("MAX_DELAY_MS", maxDelayMs)
    .WithEnvironment("WRITE_TIMEOUT_MS", writeTimeoutMs);

// No node waits for another: a follower that starts late catches up, whoever is first.
foreach (var (index, id) in followerIds.Index())
{
    var follower = AddNode(id, port: 8001 + index)
        .WithEnvironment("NODE_ROLE", "follower")
        .WithEnvironment("LEADER", "http://leader")
        .WithReference(leader);
    leader.WithReference(follower);
}

builder.Build().Run();

IResourceBuilder<ProjectResource> AddNode(string id, int port)
{
    var nodePath = Path.Combine(dataPath, id);
    if (fresh && Directory.Exists(nodePath) && !IsInUse(port))
    {
        Directory.Delete(nodePath, recursive: true);
    }

    var node = builder.AddProject<Projects.KvStore_Node>(id, launchProfileName: null)
        .WithHttpEndpoint(port: port)
        .WithHttpHealthCheck("/health")
        .WithEnvironment("NODE_ID", id)
        .WithEnvironment("DATA_DIR", nodePath)
        .WithEnvironment("CLUSTER_SECRET", clusterSecret);

    return builder.Configuration["KVSTORE_OTLP_ENDPOINT"] is { } otlp ? node.WithEnvironment("KVSTORE_OTLP_ENDPOINT", otlp) : node;
}

// A node that runs keeps its data, and the start fails on its port.
static bool IsInUse(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port);

// A parameter with a constant default hides what the configuration says of it, so the configuration is asked first.
// The name of a variable, such as Parameters__write_quorum, has no dashes.
IResourceBuilder<ParameterResource> AddSetting(string name, string defaultValue)
{
    var value = builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"];
    return builder.AddParameter(name, value ?? defaultValue, publishValueAsDefault: true);
}

// The address that the leader knows a follower by. Tests put a proxy of their own in between.
string LinkTo(string followerId) => builder.Configuration[$"Links:{followerId}"] ?? $"http://{followerId}";

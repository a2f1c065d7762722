using System.Net;
using System.Text.Json;
using KvStore.Tests.Telemetry;

namespace KvStore.Tests.Api;

/// <summary>
/// Followers and their leader, each on a free port, with data in a temporary folder that goes with the cluster. As a class
/// fixture it has three followers, W = 2 and no secret.
/// </summary>
public sealed class TestCluster : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvstore-api-tests-");
    private readonly List<DeadAddress> _dead = [];
    private readonly List<TestNode> _followers = [];
    private readonly Dictionary<int, DeadAddress> _stopped = [];
    private TestNode? _leader;

    /// <summary>Followers that run.</summary>
    public int FollowerCount { get; init; } = 3;

    /// <summary>Addresses in FOLLOWERS at which nobody ever answers, after those that run.</summary>
    public int DeadFollowerCount { get; init; }

    /// <summary>CLUSTER_SECRET of every node.</summary>
    public string Secret { get; init; } = "";

    /// <summary>Variables of the leader; WRITE_QUORUM is 2 unless they say otherwise.</summary>
    public Dictionary<string, string> LeaderSettings { get; init; } = [];

    /// <summary>Variables of every follower.</summary>
    public Dictionary<string, string> FollowerSettings { get; init; } = [];

    /// <summary>The leader.</summary>
    public TestNode Leader => _leader ?? throw new InvalidOperationException("The leader is stopped.");

    /// <summary>The followers that run; <c>follower1</c> is the first.</summary>
    public IReadOnlyList<TestNode> Followers => _followers;

    /// <summary>Every node that runs, the leader first.</summary>
    public IEnumerable<TestNode> Nodes => [Leader, .. _followers];

    /// <summary>A client of the leader.</summary>
    public HttpClient Client => Leader.Client;

    /// <summary>What the leader has in FOLLOWERS.</summary>
    public IReadOnlyList<string> FollowerUrls => [.. _followers.Select(follower => follower.Url), .. _dead.Select(dead => dead.Url)];

    /// <summary>The leader's data.</summary>
    public string LeaderFolder => FolderOf("leader");

    /// <summary>Variables of a node whose log goes to a receiver, and not to the console of the tests.</summary>
    internal static Dictionary<string, string> LoggingTo(OtlpReceiver receiver) => new()
    {
        ["KVSTORE_OTLP_ENDPOINT"] = receiver.GrpcEndpoint,
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:Console:LogLevel:Default"] = "None",
    };

    /// <summary>Starts a cluster and waits until every follower that runs has been greeted.</summary>
    public static async Task<TestCluster> StartAsync(TestCluster cluster)
    {
        try
        {
            await cluster.InitializeAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        for (var i = 0; i < FollowerCount; i++)
        {
            _followers.Add(await NewFollowerAsync($"follower{i + 1}"));
        }

        for (var i = 0; i < DeadFollowerCount; i++)
        {
            _dead.Add(new DeadAddress());
        }

        await StartLeaderAsync();
        await AllFollowersReplicateAsync();
    }

    /// <summary>Starts the leader on its folder, or on <paramref name="folder"/>.</summary>
    public async Task StartLeaderAsync(Dictionary<string, string>? changed = null, string? folder = null)
    {
        var settings = new Dictionary<string, string>(LeaderSettings)
        {
            ["FOLLOWERS"] = string.Join(',', FollowerUrls),
            ["CLUSTER_SECRET"] = Secret,
        };
        settings.TryAdd("WRITE_QUORUM", "2");
        foreach (var (name, value) in changed ?? [])
        {
            settings[name] = value;
        }

        _leader = await TestNode.StartAsync("leader", "leader", folder ?? LeaderFolder, settings);
    }

    /// <summary>Stops the leader in good order.</summary>
    public async Task StopLeaderAsync()
    {
        await Leader.DisposeAsync();
        _leader = null;
    }

    /// <summary>Stops a follower in good order; its port stays taken, so that it can come back there.</summary>
    /// <param name="index">Its place in <see cref="Followers"/>.</param>
    public async Task StopFollowerAsync(int index)
    {
        await _followers[index].DisposeAsync();
        _stopped.Add(index, new DeadAddress(_followers[index].Address.Port));
    }

    /// <summary>Starts a follower that was stopped, at the same address.</summary>
    /// <param name="index">Its place in <see cref="Followers"/>.</param>
    /// <param name="changed">Variables that are not as for the others.</param>
    /// <param name="isWiped">Whether its folder is empty now.</param>
    public async Task<TestNode> StartFollowerAsync(int index, Dictionary<string, string>? changed = null, bool isWiped = false)
    {
        if (isWiped)
        {
            Directory.Delete(FolderOf(_followers[index].Id), recursive: true);
        }

        if (_stopped.Remove(index, out var held))
        {
            held.Dispose();
        }

        return _followers[index] = await NewFollowerAsync(_followers[index].Id, [new("urls", _followers[index].Url), .. changed ?? []]);
    }

    /// <summary>Writes, and fails unless that succeeds, saying how the leader sees its followers and how busy this process is.</summary>
    public async Task<JsonElement> WriteAsync(string key, string value)
    {
        var answer = await Client.PutAsync(key, value);
        if (answer.Status != HttpStatusCode.OK)
        {
            var lanes = await Client.FetchAsync("/replication");
            Assert.Fail($"{answer.Text} The leader sees {lanes.Text}. Pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} items wait.");
        }

        return answer.Is(HttpStatusCode.OK);
    }

    /// <summary>Waits until the leader replicates to every follower that runs.</summary>
    public Task AllFollowersReplicateAsync() => Eventually.HoldsAsync("the leader replicates to every follower that runs", async () =>
    {
        var answer = await Client.FetchAsync("/replication");
        return answer.Json.GetProperty("followers").EnumerateArray().Count(lane => lane.Text("mode") == "replicate") == FollowerCount;
    });

    /// <summary>Waits until every follower that runs holds the leader's whole log.</summary>
    public Task AllFollowersHoldEverythingAsync() => Eventually.HoldsAsync("every follower holds the leader's whole log", async () =>
    {
        var last = (await Client.FetchAsync("/")).Json.Number("last_lsn");
        var watermarks = await Task.WhenAll(Followers.Select(async node => (await node.Client.FetchAsync("/")).Json.Number("watermark")));
        return watermarks.All(watermark => watermark == last);
    });

    /// <summary>Waits until every node holds the leader's whole log, and checks that all have the same state.</summary>
    public async Task AllNodesBecomeIdenticalAsync()
    {
        await AllFollowersHoldEverythingAsync();
        await AllNodesAreIdenticalAsync();
    }

    /// <summary>Fails unless every node that runs has the same state; call it when they all hold everything.</summary>
    public async Task AllNodesAreIdenticalAsync()
    {
        var leader = await SeenOfAsync(Leader);
        foreach (var follower in Followers)
        {
            Assert.Equal(leader, await SeenOfAsync(follower));
        }
    }

    /// <summary>A folder for a node with this name.</summary>
    public string FolderOf(string id) => Path.Combine(_folder.FullName, id);

    /// <summary>Copies a node's folder, as a person would who restores a backup.</summary>
    /// <returns>The folder of the copy.</returns>
    public string CopyOf(string folder)
    {
        var copy = Directory.CreateDirectory(FolderOf($"copy of {Path.GetFileName(folder)}"));
        foreach (var file in new DirectoryInfo(folder).GetFiles())
        {
            file.CopyTo(Path.Combine(copy.FullName, file.Name));
        }

        return copy.FullName;
    }

    private Task<TestNode> NewFollowerAsync(string id, params IEnumerable<KeyValuePair<string, string>> changed) => TestNode.StartAsync(
        "follower", id, FolderOf(id),
        [new("CLUSTER_SECRET", Secret), new("LEADER", "http://leader.example:8000"), .. FollowerSettings, .. changed]);

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (_leader is not null)
        {
            await StopLeaderAsync();
        }

        foreach (var follower in _followers)
        {
            await follower.DisposeAsync();
        }

        foreach (var dead in _dead.Concat(_stopped.Values))
        {
            dead.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    // All that a node shows of its state. The order of the keys is the same on every node.
    private static async Task<string> SeenOfAsync(TestNode node)
    {
        var state = (await node.Client.FetchAsync("/state")).Is(HttpStatusCode.OK);
        var digest = (await node.Client.FetchAsync("/replication/digest")).Is(HttpStatusCode.OK);
        return $"{state.GetProperty("store")} {state.GetProperty("versions")} {state.Number("keys_count")} {digest}";
    }
}

using System.Globalization;
using System.Net;
using KvStore.Tests.Integration;

namespace KvStore.Tests.Docker;

/// <summary>
/// Containers are healthy when a program that their engine starts for it answers within seconds, so they are not tested while all
/// other tests have the processors.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneOnTheMachine
{
    public const string Name = "Docker, alone on the machine";
}

/// <summary>The images and the compose file, in real containers. Each test leaves the cluster whole and healthy.</summary>
[Collection(AloneOnTheMachine.Name)]
public sealed class ComposeTests : IClassFixture<DockerCluster>
{
    private const long NodeImageBytesMax = 45_000_000;
    private const string BaseImage = "mcr.microsoft.com/dotnet/aspnet:10.0";
    private readonly DockerCluster _cluster;

    public ComposeTests(DockerCluster cluster)
    {
        _cluster = cluster;
    }

    [DockerFact]
    public async Task A_write_is_read_on_every_port()
    {
        var write = await WriteAsync("city", "Chişinău");

        var state = await _cluster.WaitUntilIdenticalAsync("city", write.Version!.Value);

        Assert.Equal("Chişinău", state.Store["city"]);
        foreach (var node in DockerCluster.Nodes)
        {
            Assert.Equal($$"""{"key":"city","value":"Chişinău","version":{{write.Version}}}""", await _cluster.GetAsync(node, "/keys/city"));
        }
    }

    [DockerFact]
    public async Task The_quorum_can_be_changed_and_stays_changed_after_a_restart()
    {
        await _cluster.SetQuorumAsync(5);
        var write = await WriteAsync("quorum", "5");
        await _cluster.ComposeAsync("restart", "leader");
        await _cluster.WaitUntilHealthyAsync(["leader"]);

        Assert.Equal(5, write.ReplicatedTo);
        Assert.Contains("\"quorum\":5", await _cluster.GetAsync(DockerCluster.Leader, "/config/quorum"), StringComparison.Ordinal);
        await _cluster.SetQuorumAsync(3);
    }

    [DockerFact]
    public async Task A_killed_follower_is_identical_again_once_it_is_back()
    {
        await _cluster.KillAsync("follower2");
        var write = await WriteAsync("without follower2", "x");
        await _cluster.StartAsync("follower2");

        await _cluster.WaitUntilIdenticalAsync("without follower2", write.Version!.Value);
    }

    [DockerFact]
    public async Task A_killed_leader_has_every_acknowledged_write_once_it_is_back()
    {
        var before = await WriteAsync("before the kill", "x");
        await _cluster.KillAsync(DockerCluster.Leader);
        Assert.Contains("before the kill", await _cluster.GetAsync("follower1", "/keys"), StringComparison.Ordinal);
        await _cluster.StartAsync(DockerCluster.Leader);

        var after = await WriteAsync("after the kill", "y");

        Assert.True(after.Version > before.Version && after.Epoch > before.Epoch, $"{before}, then {after}");
        var state = await _cluster.WaitUntilIdenticalAsync("after the kill", after.Version!.Value);
        Assert.Equal(before.Version, state.Versions["before the kill"]);
    }

    [DockerFact]
    public async Task The_data_is_there_after_down_and_up()
    {
        var write = await WriteAsync("kept", "in a volume");
        await _cluster.ComposeAsync("down", "--timeout", "20");
        await _cluster.ComposeAsync("up", "--detach");
        await _cluster.WaitUntilHealthyAsync(DockerCluster.Services);

        var state = await _cluster.WaitUntilIdenticalAsync("kept", write.Version!.Value);

        Assert.Equal("in a volume", state.Store["kept"]);
        Assert.Equal(HttpStatusCode.OK, (await WriteAsync("new", "after up")).Code);
    }

    [DockerFact]
    public async Task A_node_stops_by_itself_when_it_is_asked_to()
    {
        await _cluster.ComposeAsync("stop", "follower3");
        var state = (await _cluster.InspectAsync("follower3")).GetProperty("State");
        await _cluster.ComposeAsync("start", "follower3");
        await _cluster.WaitUntilHealthyAsync(["follower3"]);

        Assert.Equal(0, state.GetProperty("ExitCode").GetInt32());
    }

    [DockerFact]
    public async Task Nobody_prints_the_secret_that_the_nodes_made_and_all_have_the_same()
    {
        var secrets = await Task.WhenAll(DockerCluster.Services.Select(async service =>
            await Docker.RunAsync("exec", await _cluster.ContainerAsync(service), "cat", "/secret/cluster-secret")));

        var secret = Assert.Single(secrets.Distinct());
        Assert.Equal(64, secret.Length);
        Assert.DoesNotContain(secret, await _cluster.ComposeAsync("logs", "--no-color"), StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task The_logs_have_no_error()
    {
        await WriteAsync("logged", "x");

        var lines = (await _cluster.ComposeAsync("logs", "--no-color")).Split('\n');

        Assert.DoesNotContain(lines, line => line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal)
            || line.Contains("Unhandled exception", StringComparison.Ordinal));
    }

    [DockerFact]
    public async Task The_dashboard_lets_in_who_has_its_link()
    {
        var log = await _cluster.ComposeAsync("logs", "--no-color", "dashboard");
        var token = log[(log.LastIndexOf("/login?t=", StringComparison.Ordinal) + "/login?t=".Length)..].Split('\n')[0].Trim();

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var refused = await client.GetAsync(_cluster.AddressOf("dashboard"));
        var page = await client.GetStringAsync(new Uri(_cluster.AddressOf("dashboard"), $"/login?t={token}"));

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("aria-label=\"follower5\"", page, StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task A_node_can_be_backed_up_into_its_volume()
    {
        var container = await _cluster.ContainerAsync(DockerCluster.Leader);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        client.DefaultRequestHeaders.Authorization = new("Bearer", await Docker.RunAsync("exec", container, "cat", "/secret/cluster-secret"));

        using var response = await client.PostAsync(new Uri(_cluster.AddressOf(DockerCluster.Leader), "/admin/backup"), null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("leader-", await Docker.RunAsync("exec", container, "ls", "/data/leader-backups"), StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task The_image_of_the_node_adds_little_to_its_base()
    {
        var sizes = await Task.WhenAll(new[] { _cluster.NodeImage, BaseImage }.Select(async image =>
            long.Parse(await Docker.RunAsync("image", "inspect", "--format", "{{.Size}}", image), CultureInfo.InvariantCulture)));

        Assert.InRange(sizes[0] - sizes[1], 1, NodeImageBytesMax);
    }

    private async Task<WriteAnswer> WriteAsync(string key, string value)
    {
        // Followers that have just come back may not have been greeted yet; a write that misses its quorum is not one to test with.
        var answer = await Eventually.BecomesAsync(() => _cluster.WriteAsync(key, value), now => now.IsAcknowledged, now => $"{now}", "an acknowledged write");
        return answer;
    }
}

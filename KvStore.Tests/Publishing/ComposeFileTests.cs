using YamlDotNet.RepresentationModel;

namespace KvStore.Tests.Publishing;

/// <summary>The compose file that the AppHost publishes, by whichever engine, and the one in the repository.</summary>
public sealed class ComposeFileTests : IDisposable
{
    private static readonly string[] Nodes = ["leader", "follower1", "follower2", "follower3", "follower4", "follower5"];
    private readonly AppHostPublish _publish = new();

    [Fact]
    public async Task The_file_in_the_repository_is_what_the_AppHost_publishes()
    {
        (await _publish.ComposeAsync()).EnsureSuccess();

        var published = Read(_publish.ComposePath);
        var committed = Read(Repository.PathOf("docker-compose.yml"));

        Assert.True(
            published.Equals(committed),
            "docker-compose.yml is not what the AppHost publishes. Its first lines say how it is made; copy what that writes over it.");
    }

    [Fact]
    public void It_needs_no_variable() => Assert.All(
        File.ReadAllText(Repository.PathOf("docker-compose.yml")).Split("${").Skip(1),
        text => Assert.Contains(":-", text[..text.IndexOf('}', StringComparison.Ordinal)], StringComparison.Ordinal));

    [Fact]
    public void Its_ports_are_open_on_the_loopback_interface_unless_asked_otherwise()
    {
        var services = Map(Read(Repository.PathOf("docker-compose.yml")), "services");

        string[] names = ["dashboard", .. Nodes];
        int[] ports = [18888, 8000, 8001, 8002, 8003, 8004, 8005];
        Assert.Equal(
            names.Zip(ports, (name, port) => $"${{BIND_ADDRESS:-127.0.0.1}}:${{{name.ToUpperInvariant()}_PORT:-{port}}}:{(name == "dashboard" ? 18888 : 8080)}"),
            names.Select(name => $"{((YamlSequenceNode)Map(services, name)["ports"]).Single()}"));
        Assert.Equal(names.Length, services.Children.Count);
    }

    [Fact]
    public void Every_node_has_a_volume_of_its_own_and_no_node_waits_for_another()
    {
        var file = Read(Repository.PathOf("docker-compose.yml"));
        var services = Map(file, "services");

        Assert.All(Nodes, node => Assert.False(Map(services, node).Children.ContainsKey("depends_on")));
        Assert.All(Nodes, node => Assert.Equal(
            [($"{node}-data", "/data"), ("cluster-secret", "/secret")],
            ((YamlSequenceNode)Map(services, node)["volumes"]).Select(volume => ($"{volume["source"]}", $"{volume["target"]}"))));
        Assert.Equal(
            ["cluster-secret", .. Nodes.Select(node => $"{node}-data")], Map(file, "volumes").Children.Keys.Select(name => $"{name}"));
    }

    [Fact]
    public void Every_service_can_write_to_its_volumes_and_memory_alone_and_has_no_privilege()
    {
        var services = Map(Read(Repository.PathOf("docker-compose.yml")), "services");

        Assert.All(services.Children.Values.Cast<YamlMappingNode>(), service =>
        {
            Assert.Equal("1654", $"{service["user"]}");
            Assert.Equal("true", $"{service["read_only"]}");
            Assert.Equal(["ALL"], ((YamlSequenceNode)service["cap_drop"]).Select(text => $"{text}"));
            Assert.Equal(["no-new-privileges:true"], ((YamlSequenceNode)service["security_opt"]).Select(text => $"{text}"));
        });
    }

    [Fact]
    public async Task A_value_that_is_given_to_the_AppHost_is_the_default_of_what_is_published()
    {
        (await _publish.ComposeAsync("--Parameters:write-quorum=2")).EnsureSuccess();

        Assert.Equal("${WRITE_QUORUM:-2}", $"{Map(Map(Read(_publish.ComposePath), "services"), "leader")["environment"]["WRITE_QUORUM"]}");
    }

    [Fact]
    public async Task No_secret_of_this_machine_is_published()
    {
        (await _publish.ComposeAsync("--Parameters:cluster-secret=a-secret-that-stays-here")).EnsureSuccess();

        Assert.All([_publish.ComposePath, _publish.EnvPath], path => Assert.DoesNotContain("a-secret-that-stays-here", File.ReadAllText(path), StringComparison.Ordinal));
    }

    public void Dispose() => _publish.Dispose();

    private static YamlMappingNode Read(string path)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(path)));
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    private static YamlMappingNode Map(YamlMappingNode parent, string key) => (YamlMappingNode)parent[key];
}

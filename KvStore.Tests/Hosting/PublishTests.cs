using System.Text.Json;
using KvStore.Tests.Publishing;

namespace KvStore.Tests.Hosting;

/// <summary>What the embedded engine does better than the one that it follows, and what it says when it cannot publish.</summary>
public sealed class PublishTests : IDisposable
{
    private readonly AppHostPublish _publish = new();

    [Fact]
    public async Task The_committed_compose_file_is_the_published_one_to_the_letter()
    {
        (await _publish.ComposeAsync()).EnsureSuccess();

        Assert.Equal(
            (await File.ReadAllTextAsync(Repository.PathOf("docker-compose.yml"))).ReplaceLineEndings("\n"),
            await File.ReadAllTextAsync(_publish.ComposePath));
    }

    [Fact]
    public async Task Parameters_keep_their_defaults_in_the_env_file_and_secrets_are_left_open()
    {
        (await _publish.ComposeAsync()).EnsureSuccess();

        var lines = await File.ReadAllLinesAsync(_publish.EnvPath);

        Assert.Contains("WRITE_QUORUM=3", lines);
        Assert.Contains("# Parameter max-delay-ms", lines);
        Assert.Contains("MAX_DELAY_MS=1000", lines);
        Assert.Contains("CLUSTER_SECRET=", lines);
        Assert.Contains("BIND_ADDRESS=127.0.0.1", lines);
    }

    [Fact]
    public async Task What_a_person_wrote_into_the_env_file_stays_as_it_is()
    {
        const string Written = "# mine\nexport WRITE_QUORUM = 5\n\nOTHER='x'\n#MIN_DELAY_MS=9";
        await File.WriteAllTextAsync(_publish.EnvPath, Written);

        (await _publish.ComposeAsync()).EnsureSuccess();
        var once = await File.ReadAllTextAsync(_publish.EnvPath);
        (await _publish.ComposeAsync()).EnsureSuccess();

        Assert.StartsWith(Written + "\n", once, StringComparison.Ordinal);
        Assert.DoesNotContain("\nWRITE_QUORUM", once, StringComparison.Ordinal);
        Assert.Contains("\nMIN_DELAY_MS=0\n", once, StringComparison.Ordinal);
        Assert.Equal(once, await File.ReadAllTextAsync(_publish.EnvPath));
    }

    [Fact]
    public async Task The_manifest_describes_projects_and_parameters_with_expressions_for_what_is_not_known_yet()
    {
        var path = Path.Combine(_publish.OutputPath, "new", "manifest.json");

        (await AppHostPublish.RunAsync("--publisher", "manifest", "--output-path", path)).EnsureSuccess();

        var resources = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement.GetProperty("resources");
        var leader = resources.GetProperty("leader");
        Assert.Equal(
            Repository.PathOf("KvStore.Node", "KvStore.Node.csproj"),
            Path.GetFullPath(leader.GetProperty("path").GetString()!, Path.GetDirectoryName(path)!));
        Assert.Equal("{write-quorum.value}", leader.GetProperty("env").GetProperty("WRITE_QUORUM").GetString());
        Assert.Equal("{follower5.bindings.http.url}", leader.GetProperty("env").GetProperty("services__follower5__http__0").GetString());
        Assert.Equal("{leader.bindings.http.targetPort}", leader.GetProperty("env").GetProperty("HTTP_PORTS").GetString());
        Assert.Equal(8080, leader.GetProperty("bindings").GetProperty("http").GetProperty("targetPort").GetInt32());
        Assert.Equal("3", resources.GetProperty("write-quorum").GetProperty("inputs").GetProperty("value").GetProperty("default").GetProperty("value").GetString());
        Assert.True(resources.GetProperty("cluster-secret").GetProperty("inputs").GetProperty("value").GetProperty("secret").GetBoolean());
    }

    [Theory]
    [InlineData("--operation is 'deploy'", "--operation", "deploy")]
    [InlineData("--step is 'push'", "--operation", "publish", "--step", "push")]
    [InlineData("--publisher is 'docker'", "--publisher", "docker")]
    public async Task A_wrong_option_is_named_and_the_exit_code_is_1(string message, params string[] arguments)
    {
        var result = await AppHostPublish.RunAsync([.. arguments, "--output-path", _publish.OutputPath]);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(message, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_publish.OutputPath));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_named_and_the_exit_code_is_1()
    {
        var file = Path.Combine(_publish.OutputPath, "a-file");
        await File.WriteAllTextAsync(file, "");

        var result = await AppHostPublish.RunAsync("--operation", "publish", "--step", "publish", "--output-path", file);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"Nothing was published to {file}", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Publishing_deletes_no_data_also_when_a_fresh_start_is_asked_for()
    {
        var node = Directory.CreateDirectory(Path.Combine(_publish.OutputPath, "data", "leader"));

        (await _publish.ComposeAsync("--fresh", $"--Data:Path={node.Parent!.FullName}")).EnsureSuccess();

        Assert.True(Directory.Exists(node.FullName));
    }

    public void Dispose() => _publish.Dispose();
}

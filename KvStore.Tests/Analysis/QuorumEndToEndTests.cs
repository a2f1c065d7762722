using System.Text.Json;
using KvStore.Analysis.Quorum;

namespace KvStore.Tests.Analysis;

/// <summary>Tests that start a cluster of the tool's own. They run beside nothing else: it has six processes.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AnalysisTests
{
    public const string Name = "Analysis, end to end";
}

/// <summary>The experiment as a whole, small.</summary>
[Collection(AnalysisTests.Name)]
public sealed class QuorumEndToEndTests
{
    [Fact]
    public async Task The_experiment_measures_every_quorum_and_finds_all_replicas_identical()
    {
        var folder = Directory.CreateTempSubdirectory("kvstore-analysis-tests-");
        var (console, text) = RecordedConsole.Create();
        var settings = new QuorumSettings { Writes = 10, Concurrency = 5, MaxDelayMs = 20, Explain = true, Output = folder.FullName };

        var exitCode = await new QuorumCommand(console).ExecuteAsync(null!, settings, CancellationToken.None);

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "quorum_vs_latency.json")));
        Assert.True(json.RootElement.GetProperty("complete").GetBoolean());

        // How fast this machine is, is not what is tested: the exit code says what the file says.
        Assert.Equal(json.RootElement.GetProperty("as_it_must_be").GetBoolean() ? 0 : 1, exitCode);
        List<JsonElement> results = [.. json.RootElement.GetProperty("results").EnumerateArray()];
        Assert.Equal([1, 2, 3, 4, 5], results.Select(result => result.GetProperty("write_quorum").GetInt32()));
        Assert.All(results, result =>
        {
            Assert.Equal(1, result.GetProperty("success_rate").GetDouble());
            Assert.Equal(10, result.GetProperty("leader").GetProperty("writes").GetInt32());
            Assert.Equal(5, result.GetProperty("replicas").GetArrayLength());
            Assert.All(result.GetProperty("replicas").EnumerateArray(), replica => Assert.True(replica.GetProperty("identical").GetBoolean()));
        });
        Assert.Equal(20.0 * 3 / 6, results[2].GetProperty("theory_ms").GetDouble(), 3);
        Assert.Equal(51, File.ReadAllLines(Path.Combine(folder.FullName, "quorum_vs_latency.csv")).Length);
        Assert.Contains("The leader sends each write to all 5 followers", text.ToString(), StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }
}

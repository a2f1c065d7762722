using System.Globalization;
using System.Text.Json;
using KvStore.Analysis;
using KvStore.Analysis.Lag;
using KvStore.Analysis.Quorum;
using KvStore.Tests.Api;

namespace KvStore.Tests.Analysis;

/// <summary>A run that is stopped leaves whole files with what it has measured, and the cluster as it was.</summary>
public sealed class StoppedRunTests(TestCluster nodes) : IClassFixture<TestCluster>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvstore-analysis-tests-");

    [Fact]
    public async Task A_stopped_experiment_leaves_its_writes_and_puts_the_quorum_back()
    {
        var settings = new QuorumSettings { Leader = nodes.Leader.Url, Writes = 1_000_000, Concurrency = 4, Output = _folder.FullName };
        // Past the warm-up, which is a hundred writes for each of the four writers.
        var (exitCode, text) = await StopAfterAsync(600, (console, token) => new QuorumCommand(console).ExecuteAsync(null!, settings, token));

        Assert.Equal(Failure.StoppedExitCode, exitCode);
        Assert.Contains("Stopped; what was measured so far is", text, StringComparison.Ordinal);
        using var json = ReadJson("quorum_vs_latency.json");
        Assert.False(json.RootElement.GetProperty("complete").GetBoolean());
        var step = Assert.Single(json.RootElement.GetProperty("results").EnumerateArray());
        var rows = File.ReadAllLines(PathOf("quorum_vs_latency.csv"));
        Assert.Equal("write_quorum,number,key,sent_after_ms,latency_ms,outcome,version,replicated_to", rows[0]);
        Assert.Equal(step.GetProperty("writes").GetInt32(), rows.Length - 1);
        Assert.NotEqual(1, rows.Length);
        Assert.All(rows[1..], row =>
        {
            var fields = row.Split(',');
            Assert.Equal(8, fields.Length);
            Assert.Equal("1", fields[0]);
            Assert.True(double.Parse(fields[4], CultureInfo.InvariantCulture) > 0);
            Assert.Equal("success", fields[5]);
        });
        AssertIsPng("quorum_vs_latency.png");
        Assert.Equal(2, (await nodes.Client.FetchAsync("/config/quorum")).Json.Number("quorum"));
    }

    [Fact]
    public async Task A_stopped_look_at_the_lag_leaves_its_samples()
    {
        var settings = new LagSettings { Leader = nodes.Leader.Url, Rate = 500, Seconds = 3600, IntervalMs = 20, Output = _folder.FullName };
        var (exitCode, _) = await StopAfterAsync(2500, (console, token) => new LagCommand(console).ExecuteAsync(null!, settings, token));

        Assert.Equal(Failure.StoppedExitCode, exitCode);
        using var json = ReadJson("replication_lag.json");
        Assert.False(json.RootElement.GetProperty("complete").GetBoolean());
        Assert.Equal(3, json.RootElement.GetProperty("followers").GetArrayLength());
        var rows = File.ReadAllLines(PathOf("replication_lag.csv"));
        Assert.NotEqual(1, rows.Length);
        Assert.Equal(0, (rows.Length - 1) % 3);
        Assert.All(rows[1..], row => Assert.Equal(6, row.Split(',').Length));
        AssertIsPng("replication_lag.png");
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<(int ExitCode, string Text)> StopAfterAsync(long writes, Func<Spectre.Console.IAnsiConsole, CancellationToken, Task<int>> run)
    {
        using var stop = new CancellationTokenSource();
        var (console, text) = RecordedConsole.Create();
        var before = await LastLsnAsync();
        var running = Task.Run(() => run(console, stop.Token));
        await Eventually.HoldsAsync($"{writes} writes", async () => running.IsCompleted || await LastLsnAsync() >= before + writes);
        await stop.CancelAsync();
        return (await running, text.ToString());
    }

    private async Task<long> LastLsnAsync() => (await nodes.Client.FetchAsync("/")).Json.Number("last_lsn");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private JsonDocument ReadJson(string name) => JsonDocument.Parse(File.ReadAllText(PathOf(name)));

    private void AssertIsPng(string name) => Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(PathOf(name))[..4]);
}

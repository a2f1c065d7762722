using System.Text;
using System.Text.Json;
using KvStore.Analysis;
using KvStore.Analysis.Bench;
using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Tests.Analysis.Bench;

public sealed class BenchCommandTests : IDisposable
{
    private static readonly string[] Small =
        ["--followers", "1", "--quorum", "1", "--connections", "4", "--duration", "0.5", "--warm-up", "0.1", "--keys", "100"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvstore-bench-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_cluster_is_started_and_measured_and_ends_with_identical_nodes_and_nothing_left_behind()
    {
        var (exitCode, output) = await RunAsync([.. Small, "--rounds", "1", "--read-share", "0.5"]);
        Assert.True(exitCode == 0, output);
        var report = ReadReport();
        Assert.True(report.GetProperty("is_complete").GetBoolean());
        var measurement = Assert.Single(report.GetProperty("measurements").EnumerateArray());
        Assert.True(measurement.GetProperty("operations").GetInt64() > 0);
        Assert.Equal(0, measurement.GetProperty("errors").GetInt64());
        Assert.True(measurement.GetProperty("servers").GetProperty("leader_cpu_us_per_operation").GetDouble() > 0);
        Assert.True(measurement.GetProperty("generator").GetProperty("cpu_us_per_operation").GetDouble() > 0);
        Assert.StartsWith("All 2 nodes are identical", Assert.Single(report.GetProperty("verified").EnumerateArray()).GetString());
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task A_run_that_is_stopped_leaves_a_valid_file_with_what_was_measured_and_ends_its_nodes()
    {
        using var stop = new CancellationTokenSource();
        var (exitCode, output) = await RunAsync([.. Small, "--rounds", "1000"], stop, stopAt: "round 1:");
        Assert.Equal(Failure.StoppedExitCode, exitCode);
        Assert.Contains("bench.json", output);
        var report = ReadReport();
        Assert.False(report.GetProperty("is_complete").GetBoolean());
        Assert.NotEmpty(report.GetProperty("measurements").EnumerateArray());
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_one_clear_line()
    {
        var leader = $"http://127.0.0.1:{FreePort.Take()}/";
        var fault = await Assert.ThrowsAsync<AnalysisException>(() => RunAsync(["--leader", leader, "--duration", "0.5"], catches: false));
        Assert.StartsWith($"No KvStore leader answers at {leader}", fault.Message);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_clear_line()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var fault = await Assert.ThrowsAsync<AnalysisException>(() => RunAsync([.. Small, "--data", Path.Combine(file, "data")], catches: false));
        Assert.Contains("--data", fault.Message);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Theory]
    [InlineData("--quorum must be", "--quorum", "6")]
    [InlineData("--quorum must be", "--quorum", "2", "--followers", "1")]
    [InlineData("--connections must be", "--connections", "0")]
    [InlineData("--rate must be", "--rate", "0")]
    [InlineData("--duration must be", "--duration", "-1")]
    [InlineData("--duration must be", "--duration", "NaN")]
    [InlineData("--rounds must be", "--rounds", "0")]
    [InlineData("--keys must be", "--keys", "0")]
    [InlineData("--value-bytes must be", "--value-bytes", "2000000")]
    [InlineData("--value-bytes must be", "--value-bytes", "100000", "--against", "etcd")]
    [InlineData("--read-share must be", "--read-share", "1.5")]
    [InlineData("--leader must be", "--leader", "leader")]
    [InlineData("--leader must be", "--leader", "https://localhost:8000")]
    [InlineData("--followers is for", "--leader", "http://localhost:8000", "--followers", "3")]
    [InlineData("--against knows", "--against", "redis,mongo")]
    [InlineData("--scenario knows", "--scenario", "writes-51")]
    [InlineData("--scenario decides", "--scenario", "writes-50", "--connections", "10")]
    [InlineData("The scenario fan-out starts", "--scenario", "writes-50,fan-out", "--leader", "http://localhost:8000")]
    public async Task An_option_that_cannot_be_is_one_clear_line(string message, params string[] arguments)
    {
        var fault = await Assert.ThrowsAnyAsync<CommandAppException>(() => RunAsync(arguments, catches: false));
        Assert.StartsWith(message, fault.Message);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Fact]
    public void Every_prepared_scenario_compares_something()
    {
        foreach (var name in Scenarios.Names)
        {
            var scenarios = Scenarios.From(new() { Scenario = name, Against = "redis,etcd", Quorum = 3, ValueBytes = 100 });
            Assert.All(scenarios, scenario => Assert.NotEmpty(scenario.Ratios));
            Assert.All(scenarios, scenario => Assert.Equal(scenario.Contenders.Count, scenario.Contenders.Select(contender => contender.Name).Distinct().Count()));
        }
    }

    private string Data => Directory.CreateDirectory(Path.Combine(_folder.FullName, "data")).FullName;

    private JsonElement ReadReport() => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(_folder.FullName, "bench.json")));

    private async Task<(int ExitCode, string Output)> RunAsync(string[] arguments, CancellationTokenSource? stop = null, string? stopAt = null, bool catches = true)
    {
        using var output = new StoppingWriter(stop, stopAt);
        var app = new CommandApp<BenchCommand>();
        app.Configure(commands =>
        {
            commands.UseStrictParsing();
            commands.ConfigureConsole(AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) }));
            if (catches)
            {
                commands.SetExceptionHandler((exception, _) => exception is OperationCanceledException ? Failure.StoppedExitCode : throw exception);
            }
            else
            {
                commands.PropagateExceptions();
            }
        });
        string[] folders = [.. arguments.Contains("--data") ? Array.Empty<string>() : ["--data", Data], "--output", _folder.FullName];
        var exitCode = await app.RunAsync([.. arguments, .. folders], stop?.Token ?? CancellationToken.None);
        return (exitCode, output.ToString());
    }

    /// <summary>Keeps what is written, and stops the run at a certain text.</summary>
    private sealed class StoppingWriter(CancellationTokenSource? stop, string? stopAt) : StringWriter(new StringBuilder())
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (stopAt is not null && GetStringBuilder().ToString().Contains(stopAt, StringComparison.Ordinal))
            {
                stop!.Cancel();
            }
        }
    }
}

using KvStore.Analysis;
using KvStore.Analysis.CatchUp;
using KvStore.Analysis.Cluster;
using KvStore.Analysis.Lag;
using KvStore.Analysis.Output;
using KvStore.Analysis.Quorum;
using KvStore.Tests.Api;
using Spectre.Console.Cli;

namespace KvStore.Tests.Analysis;

/// <summary>What is wrong is said before a run, in one sentence that names it.</summary>
public class OptionTests
{
    public static TheoryData<string, CommandSettings> Wrong => new()
    {
        { "--writes must be a number from 2", new QuorumSettings { Writes = 1 } },
        { "--concurrency", new QuorumSettings { Concurrency = 0 } },
        { "--keys", new QuorumSettings { Keys = -1 } },
        { "got 20 and 10", new QuorumSettings { MinDelayMs = 20, MaxDelayMs = 10 } },
        { "got -1", new QuorumSettings { MinDelayMs = -1 } },
        { "got 'localhost:8000'", new QuorumSettings { Leader = "localhost:8000" } },
        { "goes with --leader", new QuorumSettings { Followers = "http://localhost:8001" } },
        { "got 'http://a,b'", new QuorumSettings { Leader = "http://a", Followers = "http://a,b" } },
        { "--secret goes with --leader", new QuorumSettings { Secret = "s" } },
        { "give --min-delay-ms, --max-delay-ms", new QuorumSettings { Leader = "http://a", MaxDelayMs = 10, Secret = "s" } },
        { "--output", new LagSettings { Output = " " } },
        { "--rate", new LagSettings { Rate = 0 } },
        { "--seconds", new LagSettings { Seconds = 0 } },
        { "--interval-ms", new LagSettings { IntervalMs = 1 } },
        { "--value-bytes", new LagSettings { ValueBytes = 2_000_000 } },
        { "got 'logs'", new CatchUpSettings { Parts = ["log", "logs"] } },
        { "--entries", new CatchUpSettings { Entries = 10 } },
        { "--rate", new CatchUpSettings { Rate = 0 } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_option_is_named(string expected, CommandSettings settings)
    {
        var result = settings.Validate();

        Assert.False(result.Successful);
        Assert.Contains(expected, result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Message!);
    }

    [Fact]
    public void The_defaults_are_right()
    {
        Assert.True(new QuorumSettings().Validate().Successful);
        Assert.True(new LagSettings().Validate().Successful);
        Assert.True(new CatchUpSettings().Validate().Successful);
    }

    [Fact]
    public async Task A_leader_that_does_not_answer_is_named()
    {
        using var dead = new DeadAddress();

        var e = await Assert.ThrowsAsync<AnalysisException>(() => AttachAsync(dead.Url));

        Assert.StartsWith($"{dead.Url} does not answer: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task A_follower_in_place_of_the_leader_is_refused()
    {
        await using var node = await LoneFollower.StartAsync();

        var e = await Assert.ThrowsAsync<AnalysisException>(() => AttachAsync(node.Node.Url));

        Assert.Contains("is no leader", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named_before_the_run()
    {
        var folder = Directory.CreateTempSubdirectory("kvstore-analysis-tests-");
        var file = Path.Combine(folder.FullName, "file");
        File.WriteAllText(file, "");

        var e = Assert.Throws<AnalysisException>(() => OutputFolder.Open(Path.Combine(file, "below")));

        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains("--output", e.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    private static Task<ClusterUnderTest> AttachAsync(string leader) =>
        ClusterUnderTest.OpenAsync(new QuorumSettings { Leader = leader }, RecordedConsole.Create().Console, CancellationToken.None);
}

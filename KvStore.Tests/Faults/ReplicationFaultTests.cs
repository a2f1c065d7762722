#if FAULT_POINTS
using System.Net;
using KvStore.Tests.Api;

namespace KvStore.Tests.Faults;

/// <summary>What is lost, late, broken or repeated between the nodes costs time and nothing else.</summary>
public sealed class ReplicationFaultTests
{
    private const int Writers = 8;
    private const int WritesPerWriter = 25;

    [Theory]
    [InlineData("replicate.drop=0.1", 1)]
    [InlineData("replicate.drop-answer=0.1", 2)]
    [InlineData("replicate.delay=0.3", 3)]
    [InlineData("replicate.duplicate=0.3", 4)]
    [InlineData("replicate.partial=0.1", 5)]
    [InlineData("replicate.crash=0.1", 6)]
    [InlineData("replicate.drop=0.05,replicate.drop-answer=0.05,replicate.delay=0.1,replicate.duplicate=0.1,replicate.partial=0.05,replicate.crash=0.02", 7)]
    public async Task Every_write_is_acknowledged_or_unknown_and_all_nodes_become_identical(string faults, int seed)
    {
        await using var cluster = await StartAsync(faults, seed);

        var answers = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(cluster.Client, writer)));

        await cluster.AllNodesBecomeIdenticalAsync();
        foreach (var (writer, last) in answers.Index())
        {
            var read = (await cluster.Followers[writer % 3].Client.ReadAsync($"writer {writer}")).Is(HttpStatusCode.OK);
            Assert.True(read.Number("version") >= last, $"Seed {seed}: of writer {writer} version {last} was acknowledged, and {read} is there.");
        }
    }

    [Fact]
    public async Task Entries_also_get_through_where_most_messages_are_lost()
    {
        await using var cluster = await StartAsync("replicate.drop=0.6", 8);

        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Fact]
    public async Task A_snapshot_gets_through_as_well()
    {
        await using var cluster = await StartAsync(
            "replicate.drop=0.1,replicate.drop-answer=0.1,replicate.duplicate=0.2,replicate.partial=0.1", 9,
            new() { ["LOG_KEEP_ENTRIES"] = "2", ["LOG_MAX_ENTRIES"] = "10" });
        (await cluster.Client.AdministerAsync("/admin/replication/follower1/pause")).Is(HttpStatusCode.OK);
        var value = new string('x', 300_000);
        for (var i = 0; i < 40; i++)
        {
            Assert.True((await cluster.Client.PutAsync($"k{i % 20}", $"{value}{i}")).Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable);
        }

        await Eventually.HoldsAsync("what it lacks is cut", async () => (await cluster.Client.FetchAsync("/replication")).Json.Number("cut_lsn") > 10);
        (await cluster.Client.AdministerAsync("/admin/replication/follower1/resume")).Is(HttpStatusCode.OK);

        await cluster.AllNodesBecomeIdenticalAsync();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_lane_whose_sending_fails_unforeseen_says_so_and_goes_on(int time)
    {
        await using var cluster = await StartAsync("", 1);
        await cluster.StopLeaderAsync();

        // Of the only follower that the leader has, the first is the greeting and the second opens the stream; the third brings the entry.
        await cluster.StartLeaderAsync(new() { ["KVSTORE_FAULTS"] = $"replicate.crash=#{time}", ["FOLLOWERS"] = cluster.Followers[0].Url, ["WRITE_QUORUM"] = "1" });

        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
    }

    private static Task<TestCluster> StartAsync(string faults, int seed, Dictionary<string, string>? settings = null) => TestCluster.StartAsync(new TestCluster
    {
        LeaderSettings = new(settings ?? []) { ["KVSTORE_FAULTS"] = faults, ["KVSTORE_FAULTS_SEED"] = $"{seed}" },
    });

    // Returns the last version that was acknowledged.
    private static async Task<long> WriteAsync(HttpClient client, int writer)
    {
        var last = 0L;
        for (var i = 0; i < WritesPerWriter; i++)
        {
            var answer = await client.PutAsync($"writer {writer}", $"{i}");
            if (answer.Status == HttpStatusCode.OK)
            {
                last = answer.Json.Number("version");
            }
            else
            {
                Assert.Equal("unknown", answer.IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));
            }
        }

        return last;
    }
}
#endif

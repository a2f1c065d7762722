using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using KvStore.Tests.Telemetry;

namespace KvStore.Tests.Api;

/// <summary><c>GET /replication/writes</c>: what the leader says of all its writes.</summary>
[Collection(TelemetryOfTheProcess.Name)]
public sealed class WriteStatisticsTests
{
    private static readonly string[] FollowerIds = ["follower1", "follower2", "follower3"];

    [Fact]
    public async Task A_leader_that_has_written_nothing_says_what_is_in_force_and_no_more()
    {
        await using var cluster = await StartAsync(new() { ["MIN_DELAY_MS"] = "3", ["MAX_DELAY_MS"] = "40" });

        var seen = await ReadAsync(cluster);

        Assert.Equal(["writes", "sampled", "min_delay_ms", "max_delay_ms", "write_quorum", "latency", "slowest"], seen.EnumerateObject().Select(member => member.Name));
        Assert.Equal((0, 0), (seen.Number("writes"), seen.Number("sampled")));
        Assert.Equal((3, 40, 2), (seen.Number("min_delay_ms"), seen.Number("max_delay_ms"), seen.Number("write_quorum")));
        Assert.Equal((0, 0), (seen.GetProperty("latency").GetArrayLength(), seen.GetProperty("slowest").GetArrayLength()));
    }

    [Fact]
    public async Task A_write_shows_its_latency_who_confirmed_it_when_and_whom_it_waited_for()
    {
        await using var cluster = await StartAsync(new() { ["MIN_DELAY_MS"] = "5", ["MAX_DELAY_MS"] = "60" });
        var before = DateTime.UtcNow;

        var write = (await cluster.Client.PutAsync("a key", "v")).Is(HttpStatusCode.OK);

        var seen = await WhenConfirmedByAllAsync(cluster);
        Assert.Equal((1, 0), (seen.Number("writes"), seen.Number("sampled")));

        var slow = Assert.Single(seen.GetProperty("slowest").EnumerateArray());
        Assert.Equal((write.Number("version"), "a key", 2, "success"), (slow.Number("version"), slow.Text("key"), slow.Number("write_quorum"), slow.Text("outcome")));
        Assert.EndsWith("Z", slow.Text("at"), StringComparison.Ordinal);
        Assert.InRange(DateTime.Parse(slow.Text("at"), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind), before.AddSeconds(-1), DateTime.UtcNow.AddSeconds(1));
        Assert.False(slow.Has("trace_id"));
        var latency = Real(slow, "latency_seconds");
        Assert.InRange(latency, 0.005, Real(write, "latency_seconds"));

        var followers = slow.GetProperty("followers").EnumerateArray().ToList();
        Assert.Equal(FollowerIds, followers.Select(follower => follower.Text("follower")));
        Assert.All(followers, follower =>
        {
            Assert.InRange(Real(follower, "lag_seconds"), 0.005, 0.06);
            Assert.True(Real(follower, "confirmed_after_seconds") > Real(follower, "lag_seconds"), $"{follower} confirmed before it was sent the write.");
        });
        var inOrder = followers.OrderBy(follower => Real(follower, "confirmed_after_seconds")).ToList();
        Assert.Equal(inOrder[1].Text("follower"), slow.Text("waited_for"));

        var last = seen.GetProperty("last");
        Assert.Equal((write.Number("version"), 2, latency), (last.Number("version"), last.Number("write_quorum"), Real(last, "latency_seconds")));
        var confirmedBy = last.GetProperty("confirmed_by").EnumerateArray().ToList();
        Assert.Equal(inOrder[..2].Select(follower => follower.Text("follower")), confirmedBy.Select(by => by.Text("follower")));
        Assert.Equal(inOrder[..2].Select(follower => Real(follower, "confirmed_after_seconds")), confirmedBy.Select(by => Real(by, "seconds")));

        var byQuorum = Assert.Single(seen.GetProperty("latency").EnumerateArray());
        Assert.Equal((2, 1, latency), (byQuorum.Number("write_quorum"), byQuorum.Number("count"), Real(byQuorum, "sum_seconds")));
        Assert.Equal(followers.Select(follower => Real(follower, "lag_seconds")).Order().ElementAt(1), Real(byQuorum, "lag_sum_seconds"), 0.000_001);
        var bucket = Assert.Single(byQuorum.GetProperty("buckets").EnumerateArray());
        Assert.Equal(1, bucket.Number("count"));
        Assert.InRange(Real(bucket, "up_to_seconds"), latency, latency * 1.0626);
    }

    [Fact]
    public async Task An_unknown_write_waited_for_nobody_and_a_confirmation_that_comes_late_is_added()
    {
        await using var cluster = await StartAsync(new() { ["WRITE_TIMEOUT_MS"] = "300", ["WRITE_QUORUM"] = "3" });
        (await cluster.Client.AdministerAsync("/admin/replication/follower3/pause")).Is(HttpStatusCode.OK);
        var answer = (await cluster.Client.PutAsync("k", "v")).IsProblem(HttpStatusCode.ServiceUnavailable);

        var seen = await ReadAsync(cluster);

        Assert.Equal(1, seen.Number("writes"));
        Assert.False(seen.Has("last"));
        Assert.Equal(0, seen.GetProperty("latency").GetArrayLength());
        var slow = Assert.Single(seen.GetProperty("slowest").EnumerateArray());
        Assert.Equal((answer.Number("version"), "unknown"), (slow.Number("version"), slow.Text("outcome")));
        Assert.False(slow.Has("waited_for"));
        Assert.Equal([true, true, false], slow.GetProperty("followers").EnumerateArray().Select(follower => follower.Has("confirmed_after_seconds")));

        (await cluster.Client.AdministerAsync("/admin/replication/follower3/resume")).Is(HttpStatusCode.OK);
        seen = await WhenConfirmedByAllAsync(cluster);
        var late = seen.GetProperty("slowest")[0].GetProperty("followers")[2];
        Assert.True(Real(late, "confirmed_after_seconds") > Real(slow, "latency_seconds"), $"{late} confirmed a write that was unknown.");
    }

    [Fact]
    public async Task Rejected_writes_and_repetitions_are_not_counted_and_each_quorum_counts_apart()
    {
        await using var cluster = await StartAsync([]);
        (await cluster.Client.PutAsync("k", "v", "one")).Is(HttpStatusCode.OK);
        (await cluster.Client.PutAsync("k", "v", "one")).Is(HttpStatusCode.OK);
        (await cluster.Client.RemoveAsync("unheard of")).IsProblem(HttpStatusCode.NotFound);
        (await cluster.Client.PostRawAsync("/keys", "{}")).IsUnprocessable("key", "value");
        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 3 })).Is(HttpStatusCode.OK);
        (await cluster.Client.RemoveAsync("k")).Is(HttpStatusCode.OK);

        var seen = await ReadAsync(cluster);

        Assert.Equal((2, 3), (seen.Number("writes"), seen.Number("write_quorum")));
        Assert.Equal([(2, 1), (3, 1)], seen.GetProperty("latency").EnumerateArray().Select(latency => (latency.Number("write_quorum"), latency.Number("count"))));
        Assert.Equal(2, seen.GetProperty("last").Number("version"));
    }

    [Fact]
    public async Task Concurrent_writes_are_all_counted_and_the_slowest_come_slowest_first()
    {
        const int Writes = 300;
        await using var cluster = await StartAsync([]);

        await Parallel.ForAsync(0, Writes, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            (await cluster.Client.PutAsync($"k{i % 10}", "v")).Is(HttpStatusCode.OK));

        var seen = await ReadAsync(cluster);
        Assert.Equal(Writes, seen.Number("writes"));
        var latency = Assert.Single(seen.GetProperty("latency").EnumerateArray());
        Assert.Equal(Writes, latency.Number("count"));
        Assert.Equal(Writes, latency.GetProperty("buckets").EnumerateArray().Sum(bucket => bucket.Number("count")));
        var slowest = seen.GetProperty("slowest").EnumerateArray().Select(slow => Real(slow, "latency_seconds")).ToList();
        Assert.InRange(slowest.Count, 20, 100);
        Assert.Equal(slowest.OrderDescending(), slowest);
    }

    [Fact]
    public async Task A_sampled_write_is_counted_as_such_and_names_its_trace()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await StartAsync(new() { ["KVSTORE_OTLP_ENDPOINT"] = receiver.GrpcEndpoint });
        var traceId = ActivityTraceId.CreateRandom().ToHexString();

        (await cluster.Client.PutTracedAsync("k", "v", traceId)).Is(HttpStatusCode.OK);

        var seen = await ReadAsync(cluster);
        Assert.Equal((1, 1), (seen.Number("writes"), seen.Number("sampled")));
        Assert.Equal(traceId, seen.GetProperty("slowest")[0].Text("trace_id"));
    }

    [Fact]
    public async Task A_follower_has_no_such_page_and_the_document_describes_it()
    {
        await using var cluster = await StartAsync([]);

        (await cluster.Followers[0].Client.FetchAsync("/replication/writes")).IsProblem(HttpStatusCode.NotFound, "Not Found");

        var document = (await cluster.Client.FetchAsync("/openapi/v1.json")).Json;
        var schema = document.GetProperty("paths").GetProperty("/replication/writes").GetProperty("get").GetProperty("responses").GetProperty("200")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Assert.Equal("#/components/schemas/WriteStatisticsInfo", schema.Text("$ref"));
    }

    private static Task<TestCluster> StartAsync(Dictionary<string, string> settings) => TestCluster.StartAsync(new TestCluster { LeaderSettings = settings });

    private static async Task<JsonElement> ReadAsync(TestCluster cluster) => (await cluster.Client.FetchAsync("/replication/writes")).Is(HttpStatusCode.OK);

    private static Task<JsonElement> WhenConfirmedByAllAsync(TestCluster cluster) => Eventually.BecomesAsync(
        () => ReadAsync(cluster),
        seen => seen.GetProperty("slowest")[0].GetProperty("followers").EnumerateArray().All(follower => follower.Has("confirmed_after_seconds")),
        seen => seen.ToString(), "a confirmation of each follower");

    private static double Real(JsonElement json, string name) => json.GetProperty(name).GetDouble();
}

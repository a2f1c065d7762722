using System.Net;

namespace KvStore.Tests.Api;

/// <summary><c>Idempotency-Key</c>: a write that is sent again under the same key is the same write, and is made once.</summary>
public sealed class IdempotencyTests
{
    [Fact]
    public async Task A_repeated_write_has_the_same_version_and_writes_nothing_new()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        var first = (await cluster.Client.PutAsync("k", "v", "order-1")).Is(HttpStatusCode.OK);
        (await cluster.Client.PutAsync("k", "newer")).Is(HttpStatusCode.OK);

        var again = (await cluster.Client.PutAsync("k", "v", "order-1")).Is(HttpStatusCode.OK);

        Assert.Equal(first.Number("version"), again.Number("version"));
        Assert.Equal("success", again.Text("status"));
        Assert.Equal("v", again.Text("value"));
        Assert.InRange(again.Number("replicated_to"), 2, 3);
        Assert.Equal(2, await LastLsnAsync(cluster));
        Assert.Equal("newer", (await cluster.Client.ReadAsync("k")).Json.Text("value"));
    }

    [Fact]
    public async Task Another_key_or_none_is_another_write()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2 });

        Assert.Equal(1, (await cluster.Client.PutAsync("k", "v", "a")).Is(HttpStatusCode.OK).Number("version"));
        Assert.Equal(2, (await cluster.Client.PutAsync("k", "v", "b")).Is(HttpStatusCode.OK).Number("version"));
        Assert.Equal(3, (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK).Number("version"));
    }

    [Fact]
    public async Task Many_at_once_with_one_key_are_one_write_and_all_succeed()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        for (var round = 1; round <= 10; round++)
        {
            var name = $"order-{round}";

            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => cluster.Client.PutAsync("k", name, name)));

            Assert.Equal([round], answers.Select(answer => answer.Is(HttpStatusCode.OK).Number("version")).Distinct());
            Assert.Equal(round, await LastLsnAsync(cluster));
        }
    }

    [Fact]
    public async Task Of_many_at_once_with_one_key_and_different_values_one_is_made_and_the_others_are_422()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        for (var round = 1; round <= 10; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => cluster.Client.PutAsync("k", $"{i}", $"order-{round}")));

            var made = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK).Json;
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => IsReused(answer, made.Number("version")));
            Assert.Equal(made.Text("value"), (await cluster.Client.ReadAsync("k")).Json.Text("value"));
            Assert.Equal(round, await LastLsnAsync(cluster));
        }
    }

    [Fact]
    public async Task It_is_known_after_a_restart_with_its_own_quorum_and_epoch()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        (await cluster.Client.PutAsync("k", "v", "order-1")).Is(HttpStatusCode.OK);
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["WRITE_QUORUM"] = "3" });

        var again = (await cluster.Client.PutAsync("k", "v", "order-1")).Is(HttpStatusCode.OK);

        Assert.Equal(1, again.Number("version"));
        Assert.Equal(2, again.Number("write_quorum"));
        Assert.Equal(1, again.Number("epoch"));
        Assert.Equal(1, await LastLsnAsync(cluster));
        IsReused(await cluster.Client.PutAsync("k", "other", "order-1"), 1);
    }

    [Fact]
    public async Task After_unknown_a_repetition_succeeds_with_the_same_version_once_the_quorum_is_there()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2, LeaderSettings = new() { ["WRITE_TIMEOUT_MS"] = "1500" } });
        await cluster.StopFollowerAsync(1);

        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var problem = (await cluster.Client.PutAsync("k", "v", "order-1")).IsProblem(HttpStatusCode.ServiceUnavailable);
            Assert.Equal("unknown", problem.Text("outcome"));
            Assert.Equal(1, problem.Number("version"));
            Assert.Equal(1, problem.Number("replicated_to"));
        }

        await cluster.StartFollowerAsync(1);
        var done = await Eventually.BecomesAsync(
            () => cluster.Client.PutAsync("k", "v", "order-1"), answer => answer.Status == HttpStatusCode.OK, answer => answer.Text, "a success");
        Assert.Equal(1, done.Json.Number("version"));
        Assert.Equal(2, done.Json.Number("replicated_to"));
        Assert.Equal(1, await LastLsnAsync(cluster));
    }

    [Fact]
    public async Task Several_that_wait_for_one_write_get_their_answers_when_its_quorum_is_there()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2 });
        await cluster.StopFollowerAsync(1);
        var waiting = Enumerable.Range(0, 5).Select(_ => cluster.Client.PutAsync("k", "v", "order-1")).ToList();
        await Eventually.HoldsAsync("the write is logged", async () => (await cluster.Client.ReadAsync("k")).Status == HttpStatusCode.OK);

        await cluster.StartFollowerAsync(1);

        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(1, answer.Is(HttpStatusCode.OK).Number("version")));
        Assert.Equal(1, await LastLsnAsync(cluster));
    }

    [Fact]
    public async Task A_repeated_delete_succeeds_with_the_same_version()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
        Assert.Equal(2, (await cluster.Client.RemoveAsync("k", "removal-1")).Is(HttpStatusCode.OK).Number("version"));

        Assert.Equal(2, (await cluster.Client.RemoveAsync("k", "removal-1")).Is(HttpStatusCode.OK).Number("version"));

        (await cluster.Client.RemoveAsync("k", "removal-2")).IsProblem(HttpStatusCode.NotFound, "Key not found");
        Assert.Equal(2, await LastLsnAsync(cluster));
    }

    [Fact]
    public async Task A_key_that_names_another_write_is_422_and_nothing_is_written()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        (await cluster.Client.PutAsync("k", "v", "order-1")).Is(HttpStatusCode.OK);

        IsReused(await cluster.Client.PutAsync("k", "other", "order-1"), 1);
        IsReused(await cluster.Client.PutAsync("other", "v", "order-1"), 1);
        IsReused(await cluster.Client.RemoveAsync("k", "order-1"), 1);

        Assert.Equal("v", (await cluster.Client.ReadAsync("k")).Json.Text("value"));
        Assert.Equal(1, await LastLsnAsync(cluster));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("tab\tinside")]
    [InlineData(256)]
    public async Task A_key_that_is_not_1_to_255_visible_characters_is_422_and_nothing_is_written(object key)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2 });
        var text = key is int length ? new string('x', length) : (string)key;

        foreach (var answer in (Answer[])[await cluster.Client.PutAsync("k", "v", text), await cluster.Client.RemoveAsync("k", text)])
        {
            var problem = answer.IsProblem(HttpStatusCode.UnprocessableEntity);
            Assert.Contains("Idempotency-Key", problem.Text("detail"), StringComparison.Ordinal);
            Assert.Equal("rejected", problem.Text("outcome"));
        }

        Assert.Equal(0, await LastLsnAsync(cluster));
        (await cluster.Client.PutAsync("k", "v", new string('x', 255))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Once_its_write_is_cut_from_the_log_a_key_names_a_new_write()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { LeaderSettings = new() { ["LOG_KEEP_ENTRIES"] = "2" } });
        Assert.Equal(1, (await cluster.Client.PutAsync("k", "v", "order-1")).Is(HttpStatusCode.OK).Number("version"));
        for (var i = 0; i < 10; i++)
        {
            (await cluster.Client.PutAsync("other", $"{i}")).Is(HttpStatusCode.OK);
        }

        await Eventually.HoldsAsync("the write is cut from the log", async () => (await cluster.Client.FetchAsync("/writes/1")).Status == HttpStatusCode.Gone);

        Assert.Equal(12, (await cluster.Client.PutAsync("k", "v2", "order-1")).Is(HttpStatusCode.OK).Number("version"));
        Assert.Equal(12, (await cluster.Client.PutAsync("k", "v2", "order-1")).Is(HttpStatusCode.OK).Number("version"));
        Assert.Equal("v2", (await cluster.Client.ReadAsync("k")).Json.Text("value"));
    }

    [Fact]
    public async Task The_interface_description_has_the_header()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 1, LeaderSettings = new() { ["WRITE_QUORUM"] = "1" } });
        var paths = (await cluster.Client.FetchAsync("/openapi/v1.json")).Json.GetProperty("paths");

        foreach (var call in new[] { paths.GetProperty("/keys").GetProperty("post"), paths.GetProperty("/keys/{key}").GetProperty("delete") })
        {
            Assert.Contains(call.GetProperty("parameters").EnumerateArray(), parameter => parameter.Text("name") == "Idempotency-Key" && parameter.Text("in") == "header");
        }
    }

    private static void IsReused(Answer answer, long version)
    {
        var problem = answer.IsProblem(HttpStatusCode.UnprocessableEntity);
        Assert.Contains($"version {version}", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("rejected", problem.Text("outcome"));
    }

    private static async Task<long> LastLsnAsync(TestCluster cluster) => (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn");
}

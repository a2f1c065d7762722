using System.Net;

namespace KvStore.Tests.Api;

/// <summary><c>DELETE /keys/{key}</c>.</summary>
public sealed class DeleteTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task A_delete_answers_as_a_write_does_without_a_value()
    {
        var written = (await cluster.Client.PutAsync("deleted", "v")).Is(HttpStatusCode.OK).Number("version");

        var deleted = (await cluster.Client.RemoveAsync("deleted")).Is(HttpStatusCode.OK);

        Assert.Equal("success", deleted.Text("status"));
        Assert.Equal("deleted", deleted.Text("key"));
        Assert.False(deleted.Has("value"));
        Assert.InRange(deleted.Number("replicated_to"), 2, 3);
        Assert.Equal(3, deleted.Number("total_followers"));
        Assert.Equal(2, deleted.Number("write_quorum"));
        Assert.True(deleted.GetProperty("latency_seconds").GetDouble() > 0);
        Assert.True(deleted.Number("version") > written);
        Assert.Equal(1, deleted.Number("epoch"));
    }

    [Fact]
    public async Task A_deleted_key_is_gone_from_every_node_and_every_list()
    {
        (await cluster.Client.PutAsync("gone", "v")).Is(HttpStatusCode.OK);
        (await cluster.Client.RemoveAsync("gone")).Is(HttpStatusCode.OK);

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            (await node.Client.ReadAsync("gone")).IsProblem(HttpStatusCode.NotFound, "Key not found");
            Assert.DoesNotContain("gone", (await node.Client.FetchAsync("/keys")).Is(HttpStatusCode.OK).Texts("keys"));
            var state = (await node.Client.FetchAsync("/state")).Is(HttpStatusCode.OK);
            Assert.False(state.GetProperty("store").Has("gone"));
            Assert.False(state.GetProperty("versions").Has("gone"));
        }
    }

    [Fact]
    public async Task An_unknown_key_is_404_and_logs_nothing()
    {
        var before = await LogEndAsync();

        (await cluster.Client.RemoveAsync("unknown")).IsProblem(HttpStatusCode.NotFound, "Key not found");

        Assert.Equal(before, await LogEndAsync());
    }

    [Fact]
    public async Task A_second_delete_is_404_and_logs_nothing()
    {
        (await cluster.Client.PutAsync("twice", "v")).Is(HttpStatusCode.OK);
        (await cluster.Client.RemoveAsync("twice")).Is(HttpStatusCode.OK);
        var before = await LogEndAsync();

        (await cluster.Client.RemoveAsync("twice")).IsProblem(HttpStatusCode.NotFound, "Key not found");

        Assert.Equal(before, await LogEndAsync());
    }

    [Fact]
    public async Task Of_many_deletes_at_once_exactly_one_succeeds()
    {
        (await cluster.Client.PutAsync("raced", "v")).Is(HttpStatusCode.OK);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => cluster.Client.RemoveAsync("raced")));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(answer => answer.Status == HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_key_can_be_written_again_after_its_delete()
    {
        (await cluster.Client.PutAsync("again", "1")).Is(HttpStatusCode.OK);
        (await cluster.Client.RemoveAsync("again")).Is(HttpStatusCode.OK);
        (await cluster.Client.PutAsync("again", "2")).Is(HttpStatusCode.OK);

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal("2", (await node.Client.ReadAsync("again")).Is(HttpStatusCode.OK).Text("value"));
        }
    }

    [Fact]
    public async Task A_delete_can_be_looked_up_by_its_version()
    {
        (await cluster.Client.PutAsync("looked up", "v")).Is(HttpStatusCode.OK);
        var version = (await cluster.Client.RemoveAsync("looked up")).Is(HttpStatusCode.OK).Number("version");

        var write = (await cluster.Client.FetchAsync($"/writes/{version}")).Is(HttpStatusCode.OK);

        Assert.Equal("looked up", write.Text("key"));
        Assert.Equal("delete", write.Text("kind"));
        Assert.True(write.GetProperty("committed").GetBoolean());
    }

    private async Task<long> LogEndAsync() => (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn");
}

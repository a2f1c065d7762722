using System.Net;

namespace KvStore.Tests.Api;

/// <summary>Writes that succeed, and what can be read of them.</summary>
public sealed class WriteTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task A_write_answers_200_with_every_field_of_the_contract()
    {
        var written = (await cluster.Client.PutAsync("fields", "a value")).Is(HttpStatusCode.OK);

        Assert.Equal("success", written.Text("status"));
        Assert.Equal("fields", written.Text("key"));
        Assert.Equal("a value", written.Text("value"));
        Assert.InRange(written.Number("replicated_to"), 2, 3);
        Assert.Equal(3, written.Number("total_followers"));
        Assert.Equal(2, written.Number("write_quorum"));
        Assert.True(written.GetProperty("latency_seconds").GetDouble() > 0);
        Assert.True(written.Number("version") > 0);
        Assert.Equal(1, written.Number("epoch"));
    }

    [Fact]
    public async Task Versions_go_up_by_one_write_and_a_read_names_the_newest()
    {
        var versions = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            versions.Add((await cluster.Client.PutAsync("counted", $"{i}")).Is(HttpStatusCode.OK).Number("version"));
        }

        Assert.Equal(versions.Order().Distinct(), versions);
        var read = (await cluster.Client.ReadAsync("counted")).Is(HttpStatusCode.OK);
        Assert.Equal("4", read.Text("value"));
        Assert.Equal(versions[^1], read.Number("version"));
    }

    [Fact]
    public async Task A_write_is_readable_on_the_leader_at_once_and_on_every_follower_in_the_end()
    {
        var version = (await cluster.Client.PutAsync("everywhere", "v")).Is(HttpStatusCode.OK).Number("version");

        (await cluster.Client.ReadAsync("everywhere")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            var read = (await node.Client.ReadAsync("everywhere")).Is(HttpStatusCode.OK);
            Assert.Equal("everywhere", read.Text("key"));
            Assert.Equal("v", read.Text("value"));
            Assert.Equal(version, read.Number("version"));
        }
    }

    [Fact]
    public async Task A_success_means_that_at_least_W_followers_can_already_serve_it()
    {
        for (var i = 0; i < 20; i++)
        {
            (await cluster.Client.PutAsync("quorum", $"{i}")).Is(HttpStatusCode.OK);

            var reads = await Task.WhenAll(cluster.Followers.Select(follower => follower.Client.ReadAsync("quorum")));

            Assert.True(reads.Count(read => read.Status == HttpStatusCode.OK && read.Json.Text("value") == $"{i}") >= 2);
        }
    }

    [Fact]
    public async Task Concurrent_writes_get_versions_of_their_own()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => cluster.Client.PutAsync($"concurrent{i % 5}", $"{i}")));

        var versions = answers.Select(answer => answer.Is(HttpStatusCode.OK).Number("version")).ToList();
        Assert.Equal(50, versions.Distinct().Count());
        foreach (var group in answers.Select(answer => answer.Json).GroupBy(json => json.Text("key")))
        {
            var newest = group.MaxBy(json => json.Number("version"));
            Assert.Equal(newest.Text("value"), (await cluster.Client.ReadAsync(group.Key)).Json.Text("value"));
        }
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        Assert.Equal("", (await cluster.Client.PutAsync("empty", "")).Is(HttpStatusCode.OK).Text("value"));
        Assert.Equal("", (await cluster.Client.ReadAsync("empty")).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task Members_that_the_contract_does_not_know_are_ignored() =>
        (await cluster.Client.PostRawAsync("/keys", """{"extra":[1,{"key":2}],"key":"extra","value":"v","ttl":null}""")).Is(HttpStatusCode.OK);

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    [InlineData("application/vnd.kv+json")]
    public async Task Any_spelling_of_the_JSON_content_type_is_taken(string contentType)
    {
        var content = new ByteArrayContent("""{"key":"typed","value":"v"}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        (await cluster.Client.CallAsync(HttpMethod.Post, "/keys", content)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_unknown_key_is_404_on_every_node()
    {
        foreach (var node in cluster.Nodes)
        {
            (await node.Client.ReadAsync("never written")).IsProblem(HttpStatusCode.NotFound, "Key not found");
        }
    }

    [Fact]
    public async Task Every_node_lists_its_keys()
    {
        (await cluster.Client.PutAsync("listed", "v")).Is(HttpStatusCode.OK);
        await cluster.AllFollowersHoldEverythingAsync();

        foreach (var node in cluster.Nodes)
        {
            var keys = (await node.Client.FetchAsync("/keys")).Is(HttpStatusCode.OK).Texts("keys");
            Assert.Contains("listed", keys);
            Assert.Equal(keys.Distinct(), keys);
        }
    }

    [Fact]
    public async Task Every_node_shows_its_state_with_versions_and_a_follower_its_id()
    {
        var version = (await cluster.Client.PutAsync("stated", "v")).Is(HttpStatusCode.OK).Number("version");
        await cluster.AllFollowersHoldEverythingAsync();

        foreach (var node in cluster.Nodes)
        {
            var state = (await node.Client.FetchAsync("/state")).Is(HttpStatusCode.OK);
            var store = state.GetProperty("store");
            Assert.Equal("v", store.Text("stated"));
            Assert.Equal(store.EnumerateObject().Count(), state.Number("keys_count"));
            Assert.Equal(version, state.GetProperty("versions").Number("stated"));
            Assert.Equal(
                store.EnumerateObject().Select(member => member.Name), state.GetProperty("versions").EnumerateObject().Select(member => member.Name));
            Assert.Equal(node == cluster.Leader ? null : node.Id, state.Has("follower_id") ? state.Text("follower_id") : null);
        }
    }
}

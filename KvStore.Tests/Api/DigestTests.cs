using System.Net;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary><c>GET /replication/digest</c>: equal digests at equal watermarks mean equal stores.</summary>
public sealed class DigestTests : IAsyncLifetime
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public async Task Nodes_with_the_same_entries_have_the_same_digest()
    {
        await WriteAsync();
        await _cluster.AllFollowersHoldEverythingAsync();

        var digests = await Task.WhenAll(_cluster.Nodes.Select(node => DigestAsync(node)));

        Assert.All(digests, digest =>
        {
            Assert.Equal(5, digest.Number("watermark"));
            Assert.Equal(1, digest.Number("from"));
            Assert.False(digest.Has("to")); // A follower's may go beyond its watermark.
            Assert.Equal(2, digest.Number("count")); // "b" was deleted.
            Assert.Equal(digests[0].Text("digest"), digest.Text("digest"));
        });
    }

    [Fact]
    public async Task A_write_changes_it_also_one_of_the_same_value_and_also_a_delete()
    {
        await WriteAsync();
        var seen = new HashSet<string> { (await DigestAsync(_cluster.Leader)).Text("digest") };

        (await _cluster.Client.PutAsync("a", "2")).Is(HttpStatusCode.OK);
        Assert.True(seen.Add((await DigestAsync(_cluster.Leader)).Text("digest")));
        (await _cluster.Client.PutAsync("a", "2")).Is(HttpStatusCode.OK);
        Assert.True(seen.Add((await DigestAsync(_cluster.Leader)).Text("digest")));
        (await _cluster.Client.RemoveAsync("a")).Is(HttpStatusCode.OK);
        Assert.True(seen.Add((await DigestAsync(_cluster.Leader)).Text("digest")));
    }

    [Fact]
    public async Task A_follower_that_lacks_an_entry_has_another_one_at_another_watermark()
    {
        await WriteAsync();
        await _cluster.AllFollowersHoldEverythingAsync();
        (await _cluster.Client.AdministerAsync("/admin/replication/follower1/pause")).Is(HttpStatusCode.OK);

        (await _cluster.Client.PutAsync("d", "v")).Is(HttpStatusCode.OK);

        var (leader, follower) = (await DigestAsync(_cluster.Leader), await DigestAsync(_cluster.Followers[0]));
        Assert.Equal((6, 5), (leader.Number("watermark"), follower.Number("watermark")));
        Assert.NotEqual(leader.Text("digest"), follower.Text("digest"));
        Assert.Equal((await DigestAsync(_cluster.Leader, "?to=5")).Text("digest"), (await DigestAsync(_cluster.Followers[0], "?to=5")).Text("digest"));
    }

    [Fact]
    public async Task A_range_has_the_keys_whose_version_lies_in_it()
    {
        await WriteAsync(); // Live are a at 3 and c at 5.

        foreach (var (query, count) in new[] { ("?from=1&to=5", 2), ("?from=4", 1), ("?to=4", 1), ("?from=4&to=4", 0), ("?from=6&to=9223372036854775807", 0), ("?from=3", 2) })
        {
            Assert.True(await CountAsync(query) == count, query);
        }

        Assert.Equal(4, (await DigestAsync(_cluster.Leader, "?to=4")).Number("to"));
        Assert.Equal((await DigestAsync(_cluster.Leader)).Text("digest"), (await DigestAsync(_cluster.Leader, "?from=3&to=5")).Text("digest"));
        Assert.NotEqual((await DigestAsync(_cluster.Leader, "?from=3&to=3")).Text("digest"), (await DigestAsync(_cluster.Leader, "?from=5&to=5")).Text("digest"));
    }

    [Fact]
    public async Task An_empty_store_has_one_too()
    {
        var digest = await DigestAsync(_cluster.Leader);

        Assert.Equal((0, 0), (digest.Number("watermark"), digest.Number("count")));
        Assert.Equal(digest.Text("digest"), (await DigestAsync(_cluster.Followers[0])).Text("digest"));
    }

    [Theory]
    [InlineData("?from=0")]
    [InlineData("?from=-1")]
    [InlineData("?from=x")]
    [InlineData("?from=1.5")]
    [InlineData("?to=0")]
    [InlineData("?to=9223372036854775808")]
    [InlineData("?from=5&to=4")]
    [InlineData("?from=")]
    public async Task Nonsense_is_422_and_the_detail_says_what_is_allowed(string query)
    {
        var detail = (await _cluster.Client.FetchAsync($"/replication/digest{query}")).IsProblem(HttpStatusCode.UnprocessableEntity).Text("detail");

        Assert.Contains("1 <= from <= to", detail, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    private async Task WriteAsync()
    {
        (await _cluster.Client.PutAsync("a", "1")).Is(HttpStatusCode.OK);
        (await _cluster.Client.PutAsync("b", "1")).Is(HttpStatusCode.OK);
        (await _cluster.Client.PutAsync("a", "2")).Is(HttpStatusCode.OK);
        (await _cluster.Client.RemoveAsync("b")).Is(HttpStatusCode.OK);
        (await _cluster.Client.PutAsync("c", "é\u0000")).Is(HttpStatusCode.OK);
    }

    private async Task<long> CountAsync(string query) => (await DigestAsync(_cluster.Leader, query)).Number("count");

    private static async Task<JsonElement> DigestAsync(TestNode node, string query = "") =>
        (await node.Client.FetchAsync($"/replication/digest{query}")).Is(HttpStatusCode.OK);
}

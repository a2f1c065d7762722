using System.Globalization;
using System.Net;

namespace KvStore.Tests.Api;

/// <summary><c>GET /writes/{version}</c>: what became of a write.</summary>
public sealed class WriteStatusTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task A_write_can_be_looked_up_by_its_version()
    {
        var version = (await cluster.Client.PutAsync("looked up", "v")).Is(HttpStatusCode.OK).Number("version");

        var write = (await cluster.Client.FetchAsync($"/writes/{version}")).Is(HttpStatusCode.OK);

        Assert.Equal(version, write.Number("version"));
        Assert.Equal("looked up", write.Text("key"));
        Assert.InRange(write.Number("replicated_to"), 2, 3);
        Assert.Equal(2, write.Number("write_quorum"));
        Assert.True(write.GetProperty("committed").GetBoolean());
    }

    [Fact]
    public async Task Its_replication_goes_on_after_the_answer_until_every_follower_has_it()
    {
        var version = (await cluster.Client.PutAsync("spreads", "v")).Is(HttpStatusCode.OK).Number("version");

        await Eventually.HoldsAsync("all three followers have confirmed", async () =>
            (await cluster.Client.FetchAsync($"/writes/{version}")).Is(HttpStatusCode.OK).Number("replicated_to") == 3);
    }

    [Fact]
    public async Task An_overwritten_write_is_still_known()
    {
        var first = (await cluster.Client.PutAsync("overwritten", "1")).Is(HttpStatusCode.OK).Number("version");
        (await cluster.Client.PutAsync("overwritten", "2")).Is(HttpStatusCode.OK);

        Assert.Equal("overwritten", (await cluster.Client.FetchAsync($"/writes/{first}")).Is(HttpStatusCode.OK).Text("key"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("999999999")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("1.5")]
    [InlineData("abc")]
    public async Task A_version_that_was_never_given_is_404(string version) =>
        (await cluster.Client.FetchAsync($"/writes/{version}")).IsProblem(HttpStatusCode.NotFound);

    [Fact]
    public async Task The_version_after_the_newest_is_404()
    {
        var last = (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn");

        var problem = (await cluster.Client.FetchAsync($"/writes/{last + 1}")).IsProblem(HttpStatusCode.NotFound);

        Assert.Contains(last.ToString(CultureInfo.InvariantCulture), problem.Text("detail"), StringComparison.Ordinal);
    }
}

using System.Net;
using System.Text;

namespace KvStore.Tests.Api;

/// <summary>The key is whatever follows <c>/keys/</c> in the raw request target, percent-decoded exactly once.</summary>
public sealed class RawTargetTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Theory]
    [InlineData("/keys/..", "..")]
    [InlineData("/keys/.", ".")]
    [InlineData("/keys/%2E%2E", "..")]
    [InlineData("/keys/%2e%2e", "..")]
    [InlineData("/keys/../state", "../state")]
    [InlineData("/keys/a/../b", "a/../b")]
    [InlineData("/keys/a/b", "a/b")]
    [InlineData("/keys/a%2Fb", "a/b")]
    [InlineData("/keys/a%2fb", "a/b")]
    [InlineData("/keys/a%252Fb", "a%2Fb")]
    [InlineData("/keys/a%25252Fb", "a%252Fb")]
    [InlineData("/keys//", "/")]
    [InlineData("/keys//a", "/a")]
    [InlineData("/keys/a/", "a/")]
    [InlineData("/keys/a+b", "a+b")]
    [InlineData("/keys/a%20b", "a b")]
    [InlineData("/keys/%C3%A9", "é")]
    [InlineData("/keys/%c3%a9", "é")]
    [InlineData("/keys/e%CC%81", "e\u0301")]
    [InlineData("/keys/%F0%9F%98%80", "😀")]
    [InlineData("/keys/plain?query=1", "plain")]
    [InlineData("/keys/plain?/keys/other", "plain")]
    [InlineData("/keys/a%3Fb", "a?b")]
    [InlineData("/keys/%61%62%63", "abc")]
    [InlineData("/keys/http://x/keys/y", "http://x/keys/y")]
    [InlineData("/keys/key", "key")]
    [InlineData("/KEYS/any%2fcase", "any/case")]
    public async Task A_target_names_one_key(string target, string key)
    {
        (await cluster.Client.PutAsync(key, $"of {target}")).Is(HttpStatusCode.OK);

        (await RawHttp.GetAsync(cluster.Leader.Address, target)).IsKey(key, $"of {target}");
        Assert.Equal(key, (await RawHttp.SendAsync(cluster.Leader.Address, "DELETE", target)).Json.Text("key"));
        (await RawHttp.GetAsync(cluster.Leader.Address, target)).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Theory]
    [InlineData("/keys/a%2Fb", "a/b")]
    [InlineData("/keys/..", "..")]
    [InlineData("/keys/x://y", "x://y")]
    [InlineData("/keys/plain?q", "plain")]
    public async Task A_whole_URL_as_the_target_names_the_same_key(string path, string key)
    {
        (await cluster.Client.PutAsync(key, "v")).Is(HttpStatusCode.OK);

        (await RawHttp.GetAsync(cluster.Leader.Address, cluster.Leader.Url + path)).IsKey(key, "v");
    }

    [Theory]
    [InlineData("/keys/%FF")]
    [InlineData("/keys/a%C3")]
    [InlineData("/keys/%C0%AF")]
    [InlineData("/keys/%ED%A0%80")]
    [InlineData("/keys/%F4%90%80%80")]
    [InlineData("/keys/%E2%82b")]
    public async Task Bytes_that_are_not_UTF8_are_400(string target)
    {
        foreach (var node in cluster.Nodes)
        {
            (await RawHttp.GetAsync(node.Address, target)).IsProblem(HttpStatusCode.BadRequest, "The key in the path is not percent-encoded UTF-8");
        }
    }

    [Theory]
    [InlineData("/keys/%zz")]
    [InlineData("/keys/%")]
    [InlineData("/keys/a%2")]
    [InlineData("/keys/%4")]
    [InlineData("/keys/%%41")]
    [InlineData("/keys/%u0041")]
    [InlineData("/keys/100%")]
    public async Task A_malformed_escape_is_400(string target)
    {
        foreach (var method in (string[])["GET", "DELETE"])
        {
            (await RawHttp.SendAsync(cluster.Leader.Address, method, target))
                .IsProblem(HttpStatusCode.BadRequest, "The key in the path is not percent-encoded UTF-8");
        }
    }

    [Fact]
    public async Task The_empty_key_is_unknown()
    {
        (await RawHttp.GetAsync(cluster.Leader.Address, "/keys/")).IsProblem(HttpStatusCode.NotFound, "Key not found");
        (await RawHttp.SendAsync(cluster.Leader.Address, "DELETE", "/keys/")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Theory]
    [InlineData("/./keys/there")]
    [InlineData("/state/../keys/there")]
    [InlineData("/%6Beys/there")]
    [InlineData("/%6Beys/a%2Fb")]
    public async Task A_path_that_only_becomes_a_keys_path_by_normalising_is_unknown(string target)
    {
        (await cluster.Client.PutAsync("there", "v")).Is(HttpStatusCode.OK);

        foreach (var method in (string[])["GET", "DELETE"])
        {
            (await RawHttp.SendAsync(cluster.Leader.Address, method, target)).IsProblem(HttpStatusCode.NotFound, "Not Found");
        }

        (await cluster.Client.ReadAsync("there")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_of_1_KiB_can_be_read_with_every_byte_escaped()
    {
        var key = string.Concat(Enumerable.Repeat("😀", 256));
        (await cluster.Client.PutAsync(key, "v")).Is(HttpStatusCode.OK);

        (await RawHttp.GetAsync(cluster.Leader.Address, "/keys/" + string.Concat(Encoding.UTF8.GetBytes(key).Select(b => $"%{b:x2}")))).IsKey(key, "v");
    }

    [Fact]
    public async Task A_key_over_the_limit_is_unknown_and_not_an_error()
    {
        var target = "/keys/" + new string('k', 2000);

        (await RawHttp.GetAsync(cluster.Leader.Address, target)).IsProblem(HttpStatusCode.NotFound, "Key not found");
        (await RawHttp.SendAsync(cluster.Leader.Address, "DELETE", target)).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task A_null_byte_in_a_path_is_400_at_the_server_itself() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await RawHttp.GetAsync(cluster.Leader.Address, "/keys/a%00b")).Status);
}

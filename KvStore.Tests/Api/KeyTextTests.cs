using System.Net;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary>A key that can be written can be read, deleted and listed, on every node, whatever its text is.</summary>
public sealed class KeyTextTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private static readonly string[] Keys =
    [
        "a", "a/b", "a%2Fb", "a%2fb", "a%252Fb", "/", "//", "/a", "a/", "a//b", "/keys/a", "keys", "key", ".", "..", "...", "./a", "../a",
        "../../state", "a/../b", "a/./b", "a/..", " ", "  ", " a ", "a b", "+", "a+b", "%", "100%", "%%", "%41", "%2E%2E", "%zz", "%FF",
        "%00", "?", "a?b", "a?b=c&d", "#", "a#b", "&", "=", ";a=b", ":", "http://x/keys/y", "*", "{key}", "\"", "'", "\\", "a\\b", "<b>",
        "\t", "\n", "\r\n", "\u0001", "\u001F", "\u007F", "\u0085", "\u00A0", "\u2028", "\u2029", "\uFEFF", "\uFEFFa", "\uFFFD", "\uFFFF",
        "é", "e\u0301", "ﬁ", "İ", "ß", "日本語", "עברית", "😀", "👩‍👩‍👧‍👦", "\uD800\uDC00", "\uDBFF\uDFFF", "null", "true", "0", "__proto__",
        "store", "A",
    ];

    public static TheoryData<string> NastyKeys => [.. Keys];

    [Theory]
    [MemberData(nameof(NastyKeys))]
    public async Task A_key_is_written_read_everywhere_and_deleted_by_its_exact_text(string key)
    {
        var value = $"the value of {JsonSerializer.Serialize(key)}";
        Assert.Equal(key, (await cluster.Client.PutAsync(key, value)).Is(HttpStatusCode.OK).Text("key"));

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            (await RawHttp.GetAsync(node.Address, Target(key))).IsKey(key, value);
            Assert.Contains(key, (await node.Client.FetchAsync("/keys")).Is(HttpStatusCode.OK).Texts("keys"));
            Assert.Equal(value, (await node.Client.FetchAsync("/state")).Is(HttpStatusCode.OK).GetProperty("store").Text(key));
        }

        var deleted = await RawHttp.SendAsync(cluster.Leader.Address, "DELETE", Target(key));
        Assert.Equal(HttpStatusCode.OK, deleted.Status);
        Assert.Equal(key, deleted.Json.Text("key"));
        (await RawHttp.GetAsync(cluster.Leader.Address, Target(key))).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task Keys_that_look_alike_are_different_keys()
    {
        string[] keys =
        [
            "x/y", "x%2Fy", "x%2fy", "x%252Fy", "x//y", "x/./y", "x/../y", "X/Y", "x", "x ", " x", "x+y", "x y", "x%20y", "é", "e\u0301",
            "É", "x?y", "x%3Fy", "x\uFEFF",
        ];
        foreach (var key in keys)
        {
            (await cluster.Client.PutAsync(key, $"value of {key}")).Is(HttpStatusCode.OK);
        }

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            foreach (var key in keys)
            {
                (await RawHttp.GetAsync(node.Address, Target(key))).IsKey(key, $"value of {key}");
            }
        }
    }

    [Fact]
    public async Task A_client_of_the_platform_reads_every_key_but_the_dot_segments()
    {
        foreach (var key in Keys.Where(key => key is not ("." or "..")))
        {
            (await cluster.Client.PutAsync(key, "v")).Is(HttpStatusCode.OK);

            Assert.Equal(key, (await cluster.Client.ReadAsync(key)).Is(HttpStatusCode.OK).Text("key"));
            (await cluster.Client.RemoveAsync(key)).Is(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\u0001\u001f\"\\/\b\f\n\r\t")]
    [InlineData("\u2028\u2029\u0085\u007f")]
    [InlineData("<script>&'+")]
    [InlineData("😀 e\u0301 \uFEFF \uFFFF")]
    [InlineData("{\"store\":{}}")]
    public async Task A_value_of_any_text_comes_back_as_it_was_from_a_read_and_from_the_state(string value)
    {
        Assert.Equal(value, (await cluster.Client.PutAsync("any value", value)).Is(HttpStatusCode.OK).Text("value"));

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(value, (await node.Client.ReadAsync("any value")).Is(HttpStatusCode.OK).Text("value"));
            Assert.Equal(value, (await node.Client.FetchAsync("/state")).Is(HttpStatusCode.OK).GetProperty("store").Text("any value"));
        }
    }

    // Every byte but letters and digits escaped, dots included.
    private static string Target(string key) => "/keys/" + string.Concat(
        Encoding.UTF8.GetBytes(key).Select(b => char.IsAsciiLetterOrDigit((char)b) ? $"{(char)b}" : $"%{b:X2}"));
}

using System.Net;
using System.Text;

namespace KvStore.Tests.Api;

/// <summary>Random writes and deletes of nasty keys, against a dictionary.</summary>
public sealed class RandomKeysTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string Alphabet = "ab/%.?#+& \"\\{}:;=*2FfEe5\u0001\n\u007F\u00A0é\u0301\u2028\uFEFF\uFFFF日";

    /// <summary>To replay a failure, put the seed that it names here.</summary>
    public static TheoryData<int> Seeds => [20260101, Environment.TickCount];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_node_ends_with_what_the_writes_amount_to(int seed)
    {
        var random = new Random(seed);
        var keys = Enumerable.Range(0, 60).Select(_ => RandomKey(random)).Distinct().ToList();
        var expected = (await cluster.Client.FetchAsync("/state")).Is(HttpStatusCode.OK).GetProperty("store").EnumerateObject()
            .ToDictionary(member => member.Name, member => member.Value.GetString()!);
        for (var step = 0; step < 150; step++)
        {
            var key = keys[random.Next(keys.Count)];
            if (random.Next(4) == 0)
            {
                var status = (await RawHttp.SendAsync(cluster.Leader.Address, "DELETE", Target(key))).Status;
                Assert.True(
                    status == (expected.Remove(key) ? HttpStatusCode.OK : HttpStatusCode.NotFound), $"{status} to the delete at step {step} with seed {seed}.");
            }
            else
            {
                expected[key] = $"{step} {RandomKey(random)}";
                (await cluster.Client.PutAsync(key, expected[key])).Is(HttpStatusCode.OK);
            }
        }

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            await AgreesAsync(node, expected, keys, seed);
        }
    }

    private static async Task AgreesAsync(TestNode node, Dictionary<string, string> expected, List<string> keys, int seed)
    {
        var state = (await node.Client.FetchAsync("/state")).Is(HttpStatusCode.OK);
        var store = state.GetProperty("store").EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString()!);
        Assert.True(
            expected.OrderBy(pair => pair.Key, StringComparer.Ordinal).SequenceEqual(store.OrderBy(pair => pair.Key, StringComparer.Ordinal)),
            $"The state of {node.Id} is not what the writes amount to, with seed {seed}.");
        Assert.Equal(expected.Count, state.Number("keys_count"));
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), (await node.Client.FetchAsync("/keys")).Json.Texts("keys").Order(StringComparer.Ordinal));
        foreach (var key in keys)
        {
            var read = await RawHttp.GetAsync(node.Address, Target(key));
            var value = read.Status == HttpStatusCode.OK ? read.Json.Text("value") : null;
            Assert.True(value == expected.GetValueOrDefault(key), $"{node.Id} reads {Target(key)} otherwise, with seed {seed}.");
        }
    }

    private static string RandomKey(Random random)
    {
        var key = new StringBuilder();
        for (var length = random.Next(1, 9); key.Length < length;)
        {
            // Any scalar value but U+0000 now and then, the usual suspects else.
            key.Append(random.Next(5) > 0
                ? Alphabet[random.Next(Alphabet.Length)].ToString()
                : new Rune(random.Next(2) == 0 ? random.Next(1, 0xD800) : random.Next(0xE000, 0x110000)).ToString());
        }

        return key.ToString();
    }

    // Escapes what must be, and of the rest whatever chance decides.
    private static string Target(string key)
    {
        var random = new Random(key.Length);
        return "/keys/" + string.Concat(Encoding.UTF8.GetBytes(key).Select(b =>
        {
            var asItIs = char.IsAsciiLetterOrDigit((char)b) || ("/.+&;=*:"u8.Contains(b) && random.Next(2) == 0);
            return asItIs ? $"{(char)b}" : random.Next(2) == 0 ? $"%{b:X2}" : $"%{b:x2}";
        }));
    }
}

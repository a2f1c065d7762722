using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary>A key has 1 to 1,024 bytes of UTF-8, a value at most 1 MiB; counted after JSON's escapes are gone.</summary>
public sealed class SizeLimitTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int MiB = 1 << 20;

    public static TheoryData<string> LongestKeys =>
        [new string('k', 1024), new string('é', 512), new string('€', 341) + "k", string.Concat(Enumerable.Repeat("😀", 256))];

    [Theory]
    [MemberData(nameof(LongestKeys))]
    public async Task A_key_of_1024_bytes_can_be_written_and_read_everywhere(string key)
    {
        Assert.Equal(1024, Encoding.UTF8.GetByteCount(key));

        (await cluster.Client.PutAsync(key, "v")).Is(HttpStatusCode.OK);

        await cluster.AllFollowersHoldEverythingAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(key, (await node.Client.ReadAsync(key)).Is(HttpStatusCode.OK).Text("key"));
        }

        (await cluster.Client.RemoveAsync(key)).Is(HttpStatusCode.OK);
    }

    [Theory]
    [MemberData(nameof(LongestKeys))]
    public async Task A_key_one_byte_longer_is_422_and_the_detail_says_the_limit_and_what_came(string longest)
    {
        var key = longest + "x";

        var detail = (await cluster.Client.PutAsync(key, "v")).IsUnprocessable("key").Text("detail");

        Assert.Contains("1024", detail, StringComparison.Ordinal);
        Assert.Contains("1025", detail, StringComparison.Ordinal);
        (await cluster.Client.ReadAsync(key)).IsProblem(HttpStatusCode.NotFound, "Key not found");
        (await cluster.Client.RemoveAsync(key)).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    public static TheoryData<string, int> LargestValues => new() { { "a", MiB }, { "é", MiB / 2 }, { "😀", MiB / 4 } };

    [Theory]
    [MemberData(nameof(LargestValues))]
    public async Task A_value_of_1_MiB_can_be_written_and_read(string text, int times)
    {
        var value = Repeat(text, times);

        Assert.Equal(value, (await cluster.Client.PutAsync("large", value)).Is(HttpStatusCode.OK).Text("value"));

        Assert.Equal(value, (await cluster.Client.ReadAsync("large")).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task So_can_one_whose_every_byte_is_escaped()
    {
        var body = $$"""{"key":"{{Repeat("\\u006b", 1024)}}","value":"{{Repeat("\\u0061", MiB)}}"}""";

        (await cluster.Client.PostRawAsync("/keys", body)).Is(HttpStatusCode.OK);

        Assert.Equal(Repeat("a", MiB), (await cluster.Client.ReadAsync(Repeat("k", 1024))).Is(HttpStatusCode.OK).Text("value"));
    }

    [Theory]
    [MemberData(nameof(LargestValues))]
    public async Task A_value_one_byte_larger_is_413_and_the_detail_says_the_limit_and_what_came(string text, int times)
    {
        var before = await LogEndAsync();

        var answer = await cluster.Client.PutAsync("too large", Repeat(text, times) + "x");

        var problem = answer.IsProblem(HttpStatusCode.RequestEntityTooLarge);
        Assert.Contains($"{MiB}", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Contains($"{MiB + 1}", problem.Text("detail"), StringComparison.Ordinal);
        Assert.True(problem.GetProperty("errors").Has("value"));
        Assert.Equal(before, await LogEndAsync());
    }

    [Fact]
    public async Task A_body_beyond_every_limit_is_413_whether_its_length_is_announced_or_not()
    {
        var before = await LogEndAsync();
        var body = JsonSerializer.SerializeToUtf8Bytes(new { key = "huge", value = Repeat("a", 9 * MiB) });
        foreach (var chunked in (bool[])[false, true])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/keys")
            {
                Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
                Headers = { TransferEncodingChunked = chunked, ExpectContinue = true },
            };
            using var response = await cluster.Client.SendAsync(request);

            var answer = new Answer(response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsByteArrayAsync());
            Assert.Contains($"{MiB}", answer.IsProblem(HttpStatusCode.RequestEntityTooLarge).Text("detail"), StringComparison.Ordinal);
        }

        Assert.Equal(before, await LogEndAsync());
    }

    // Many clients look for an answer only when they have sent everything, and find the connection broken if it was closed meanwhile.
    [Fact]
    public async Task A_client_that_sends_such_a_body_to_its_end_gets_the_answer_and_keeps_its_connection()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(cluster.Leader.Address.Host), cluster.Leader.Address.Port);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /keys HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {9 * MiB}\r\n\r\n"));
        await stream.WriteAsync(new byte[9 * MiB]);
        await stream.WriteAsync("GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray());

        var answers = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 413 ", answers, StringComparison.Ordinal);
        Assert.Contains($"has {9 * MiB} bytes", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200 OK", answers, StringComparison.Ordinal);
    }

    private static string Repeat(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();

    private async Task<long> LogEndAsync() => (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn");
}

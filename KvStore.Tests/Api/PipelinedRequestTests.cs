using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KvStore.Tests.Api;

/// <summary>Several requests on one connection before the first answer: short ones, and ones that leave the socket's thread.</summary>
public sealed class PipelinedRequestTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task Every_request_is_answered_in_the_order_in_which_it_came()
    {
        const int rounds = 20;
        var requests = new StringBuilder();
        for (var i = 0; i < rounds; i++)
        {
            var body = $$"""{"key":"pipelined","value":"{{i}}"}""";
            requests.Append(CultureInfo.InvariantCulture, $"POST /keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            requests.Append("GET /keys/pipelined HTTP/1.1\r\nHost: x\r\n\r\n");
            requests.Append("GET /replication/digest HTTP/1.1\r\nHost: x\r\n\r\n");
        }

        requests.Append("GET /alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        var answers = await ExchangeAsync(requests.ToString());

        var at = 0;
        for (var i = 0; i < rounds; i++)
        {
            foreach (var expected in (string[])["\"status\":\"success\",\"key\":\"pipelined\",\"value\":\"" + i + "\"", "\"value\":\"" + i + "\"", "\"digest\":"])
            {
                var found = answers.IndexOf(expected, at, StringComparison.Ordinal);
                Assert.True(found > 0, $"{expected} of round {i} is not in its place: {answers[at..]}");
                at = found + expected.Length;
            }
        }

        Assert.Equal((3 * rounds) + 1, answers.Split("HTTP/1.1 200 OK").Length - 1);
    }

    private async Task<string> ExchangeAsync(string requests)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(cluster.Leader.Address.Host), cluster.Leader.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(requests));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }
}

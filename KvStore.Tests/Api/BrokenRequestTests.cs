using System.Net;
using System.Net.Sockets;
using System.Text;
using KvStore.Tests.Telemetry;

namespace KvStore.Tests.Api;

/// <summary>Whoever breaks off in the middle of a request does not fill the log: a client can do that a thousand times a second.</summary>
public sealed class BrokenRequestTests
{
    [Fact]
    public async Task A_connection_that_is_reset_in_the_middle_of_a_body_is_no_error_of_the_node()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(new TestCluster { LeaderSettings = TestCluster.LoggingTo(receiver) });

        foreach (var path in new[] { "/keys", "/config/quorum" })
        {
            await ResetAsync(cluster.Leader.Address, Head(path, "Expect: 100-continue\r\n"), "HTTP/1.1 100");

            // Without that the server would look for the rest of the body afterwards. It is at this request once it has answered the one before.
            await ResetAsync(cluster.Leader.Address, $"GET /alive HTTP/1.1\r\nHost: a\r\n\r\n{Head(path)}", "HTTP/1.1 200");
        }

        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
        await cluster.StopLeaderAsync(); // What is under way ends before, and the log goes out.

        Assert.NotEmpty(receiver.Logs);
        Assert.All(receiver.Logs, log => Assert.True(log.Severity is "Information" or "Warning", $"{log.Severity} {log.Category}: {log.Body}"));
    }

    [Fact]
    public async Task Nor_is_one_that_is_closed_there()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(new TestCluster { LeaderSettings = TestCluster.LoggingTo(receiver) });

        // Many times, since it matters whether the node has read a part of the body already.
        foreach (var path in Enumerable.Repeat((string[])["/keys", "/Keys", "/config/quorum"], 10).SelectMany(paths => paths))
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Parse(cluster.Leader.Address.Host), cluster.Leader.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /alive HTTP/1.1\r\nHost: a\r\n\r\n{Head(path)}{{\"k"));
            Assert.NotEqual(0, await socket.ReceiveAsync(new byte[1000]));
            socket.Shutdown(SocketShutdown.Send);
            await BecomesClosedAsync(socket); // So the node has seen it.
        }

        await cluster.StopLeaderAsync();

        Assert.NotEmpty(receiver.Logs);
        Assert.DoesNotContain(receiver.Logs, log => log.Severity is not "Information" && log.Category.Contains("Kestrel", StringComparison.Ordinal));
    }

    private static async Task BecomesClosedAsync(Socket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[1000]) > 0)
            {
                // What it still says.
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed is closed.
        }
    }

    private static string Head(string path, string header = "") =>
        $"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n{header}\r\n";

    // The answer shows that the node has begun with the request.
    private static async Task ResetAsync(Uri address, string head, string answered)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(head));
        var answer = new byte[1000];
        Assert.StartsWith(answered, Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer)), StringComparison.Ordinal);
        await socket.SendAsync("{\"k"u8.ToArray());
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }
}

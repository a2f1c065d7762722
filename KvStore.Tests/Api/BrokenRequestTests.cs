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
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            LeaderSettings = new()
            {
                ["KVSTORE_OTLP_ENDPOINT"] = receiver.GrpcEndpoint,
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:Console:LogLevel:Default"] = "None",
            },
        });

        await ResetAsync(cluster.Leader.Address, "/keys");
        await ResetAsync(cluster.Leader.Address, "/config/quorum");
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
        await cluster.StopLeaderAsync(); // What is under way ends before, and the log goes out.

        Assert.NotEmpty(receiver.Logs);
        Assert.All(receiver.Logs, log => Assert.True(log.Severity is "Information" or "Warning", $"{log.Severity} {log.Category}: {log.Body}"));
    }

    private static async Task ResetAsync(Uri address, string path)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"));

        // The node says to go on when it begins to read the body.
        var answer = new byte[100];
        Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer)), StringComparison.Ordinal);
        await socket.SendAsync("{\"k"u8.ToArray());
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }
}

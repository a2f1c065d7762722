using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KvStore.Tests.Api;

/// <summary>BOUNDED: what a client sees at a node's limits.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task Past_MAX_WRITES_IN_FLIGHT_a_write_is_rejected_and_nothing_is_written()
    {
        await using var cluster = await StartWithoutQuorumAsync(new() { ["MAX_WRITES_IN_FLIGHT"] = "3" });
        var waiting = Enumerable.Range(0, 3).Select(i => cluster.Client.PutAsync($"in flight {i}", "v")).ToList();
        await LoggedAsync(cluster, 3);

        IsRejected(await cluster.Client.PutAsync("one too many", "v"));
        IsRejected(await cluster.Client.RemoveAsync("in flight 0"));

        await cluster.StartFollowerAsync(1);
        Assert.All(await Task.WhenAll(waiting), answer => answer.Is(HttpStatusCode.OK));
        Assert.Equal(4, (await cluster.Client.PutAsync("after", "v")).Is(HttpStatusCode.OK).Number("version"));
        (await cluster.Client.ReadAsync("one too many")).IsProblem(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Past_MAX_WRITE_BYTES_IN_FLIGHT_a_write_is_rejected_and_a_small_one_is_not()
    {
        await using var cluster = await StartWithoutQuorumAsync(new() { ["MAX_WRITE_BYTES_IN_FLIGHT"] = $"{2 << 20}" });
        var large = new string('x', 1 << 20);
        var waiting = new List<Task<Answer>> { cluster.Client.PutAsync("large", large) };
        await LoggedAsync(cluster, 1);

        IsRejected(await cluster.Client.PutAsync("too large by now", large));
        waiting.Add(cluster.Client.PutAsync("small", "v"));
        await LoggedAsync(cluster, 2);

        await cluster.StartFollowerAsync(1);
        Assert.All(await Task.WhenAll(waiting), answer => answer.Is(HttpStatusCode.OK));
        (await cluster.Client.ReadAsync("too large by now")).IsProblem(HttpStatusCode.NotFound);
        (await cluster.Client.PutAsync("too large by now", large)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Past_MAX_REQUEST_BYTES_it_is_413_and_the_detail_says_the_limit()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2, LeaderSettings = new() { ["MAX_REQUEST_BYTES"] = "1024" } });

        var problem = (await cluster.Client.PutAsync("k", new string('x', 1024))).IsProblem(HttpStatusCode.RequestEntityTooLarge);

        Assert.Contains("1024 bytes", problem.Text("detail"), StringComparison.Ordinal);
        (await cluster.Client.PutAsync("k", new string('x', 900))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Past_MAX_CONNECTIONS_one_is_closed_and_those_that_there_are_go_on()
    {
        using var folder = new Storage.TemporaryFolder();
        await using var node = await TestNode.StartAsync("follower", "follower1", Path.Combine(folder.Path, "data"), [new("MAX_CONNECTIONS", "10")]);
        var connections = new List<Socket>();
        try
        {
            for (var i = 0; i < 10; i++)
            {
                connections.Add(await ConnectAsync(node));
                await AnswersAsync(connections[i]);
            }

            using (var refused = await ConnectAsync(node))
            {
                Assert.StartsWith("closed", await AnswerAsync(refused), StringComparison.Ordinal);
            }

            await AnswersAsync(connections[0]);

            connections[9].Dispose();
            await Eventually.HoldsAsync("there is room again", async () =>
            {
                using var next = await ConnectAsync(node);
                return (await AnswerAsync(next)).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
            });
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task Small_limits_of_batches_queues_and_memory_change_nothing_that_can_be_seen()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            LeaderSettings = new()
            {
                ["MAX_COMMIT_ENTRIES"] = "2",
                ["MAX_COMMIT_BYTES"] = "1024",
                ["MAX_RECENT_BYTES"] = "0",
                ["LANE_QUEUE_ENTRIES"] = "2",
                ["LANE_BATCH_ENTRIES"] = "1",
                ["LANE_BATCHES_IN_FLIGHT"] = "1",
                ["LANE_ENTRIES_IN_FLIGHT"] = "1",
                ["LANE_CATCH_UP_ENTRIES"] = "3",
                ["LANE_CATCH_UP_BATCHES_IN_FLIGHT"] = "1",
                ["LANE_GAPS"] = "1",
                ["MAX_DELAY_MS"] = "20",
                ["ROCKSDB_WAL_BYTES"] = $"{1 << 20}",
                ["ROCKSDB_WRITE_BUFFER_BYTES"] = $"{64 << 10}",
                ["ROCKSDB_BLOCK_CACHE_BYTES"] = "0",
            },
            FollowerSettings = new() { ["MAX_FOLLOWER_MESSAGES"] = "1", ["MAX_GAPS"] = "2" },
        });

        var writes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => cluster.Client.PutAsync($"k{i % 50}", $"{i}")));

        Assert.All(writes, answer => answer.Is(HttpStatusCode.OK));
        await cluster.AllNodesBecomeIdenticalAsync();
    }

    // Two followers, W = 2, and the second is stopped: writes wait.
    private static async Task<TestCluster> StartWithoutQuorumAsync(Dictionary<string, string> settings)
    {
        var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 2, LeaderSettings = new(settings) { ["WRITE_TIMEOUT_MS"] = "60000" } });
        await cluster.StopFollowerAsync(1);
        return cluster;
    }

    private static Task LoggedAsync(TestCluster cluster, long lsn) => Eventually.HoldsAsync($"entry {lsn} is logged", async () =>
        (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn") == lsn);

    private static void IsRejected(Answer answer)
    {
        Assert.Equal("rejected", answer.IsProblem(HttpStatusCode.ServiceUnavailable).Text("outcome"));
        answer.SaysWhenToRetry();
    }

    private static async Task<Socket> ConnectAsync(TestNode node)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, node.Address.Port);
        return socket;
    }

    private static async Task AnswersAsync(Socket socket) =>
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(socket), StringComparison.Ordinal);

    // The whole answer, which may come in pieces, or that and how the connection was closed.
    private static async Task<string> AnswerAsync(Socket socket)
    {
        const string LastChunk = "0\r\n\r\n";
        try
        {
            await socket.SendAsync("GET /alive HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            var buffer = new byte[4096];
            var answer = "";
            while (!answer.EndsWith(LastChunk, StringComparison.Ordinal))
            {
                var count = await socket.ReceiveAsync(buffer);
                if (count == 0)
                {
                    return $"closed after '{answer}'";
                }

                answer += Encoding.ASCII.GetString(buffer, 0, count);
            }

            return answer;
        }
        catch (SocketException e)
        {
            return $"closed: {e.SocketErrorCode}";
        }
    }
}

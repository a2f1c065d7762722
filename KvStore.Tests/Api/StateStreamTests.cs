using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;

namespace KvStore.Tests.Api;

/// <summary>
/// <c>GET /keys</c> and <c>GET /state</c> of a store that no socket buffer holds: one consistent view, a bounded number at a
/// time, and never a copy of the store in memory.
/// </summary>
public sealed class StateStreamTests
{
    private const int KeyCount = 5_000;

    private static readonly string Value = new('v', 2_000);

    [Fact]
    public async Task A_stream_shows_one_view_however_slowly_it_is_read()
    {
        await using var follower = await LoneFollower.StartAsync(prepare: Fill);
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();
        using var stream = await SlowReader.StartAsync(follower.Node.Address, "/state");

        var last = $"k{KeyCount:D5}";
        var (status, _) = await leader.ReplicateAsync(
            leader.Put(KeyCount + 1, last, "overwritten"), leader.Delete(KeyCount + 2, $"k{KeyCount - 1:D5}"), leader.Put(KeyCount + 3, "z new", "v"));
        Assert.Equal(HttpStatusCode.OK, status);

        var state = await stream.ReadJsonAsync();
        Assert.Equal(KeyCount, state.Number("keys_count"));
        var store = state.GetProperty("store").EnumerateObject().ToList();
        Assert.Equal(KeyCount, store.Count);
        Assert.All(store, member => Assert.Equal(Value, member.Value.GetString()));
        Assert.Equal(
            Enumerable.Range(1, KeyCount).Select(lsn => ($"k{lsn:D5}", (long)lsn)),
            state.GetProperty("versions").EnumerateObject().Select(member => (member.Name, member.Value.GetInt64())));
        Assert.Equal("overwritten", (await follower.Client.ReadAsync(last)).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task A_third_stream_is_503_with_Retry_After_until_one_of_two_ends()
    {
        await using var follower = await LoneFollower.StartAsync(prepare: Fill);
        var first = await SlowReader.StartAsync(follower.Node.Address, "/state");
        using var second = await SlowReader.StartAsync(follower.Node.Address, "/state");

        foreach (var path in (string[])["/state", "/keys"])
        {
            var refused = await follower.Client.FetchAsync(path);
            refused.IsProblem(HttpStatusCode.ServiceUnavailable);
            refused.SaysWhenToRetry();
        }

        Assert.Equal(Value, (await follower.Client.ReadAsync("k00001")).Is(HttpStatusCode.OK).Text("value"));
        first.Dispose();
        await Eventually.HoldsAsync("the place of a client that went away is free again", async () =>
            (await follower.Client.FetchAsync("/keys")).Status == HttpStatusCode.OK);
        Assert.Equal(KeyCount, (await second.ReadJsonAsync()).Number("keys_count"));
    }

    [Fact]
    public async Task Who_does_not_read_loses_the_place()
    {
        await using var follower = await LoneFollower.StartAsync(prepare: Fill);
        using var first = await SlowReader.StartAsync(follower.Node.Address, "/state");
        using var second = await SlowReader.StartAsync(follower.Node.Address, "/state");

        await Eventually.HoldsAsync("the places of clients that do not read are free again", async () =>
            (await follower.Client.FetchAsync("/keys")).Status == HttpStatusCode.OK);
    }

    // As a replica's own log and data, in a few commits.
    private static void Fill(string directory)
    {
        using var store = ReplicaStore.Open(RocksDbEngine.Open(directory), "follower1");
        var crafted = new CraftedLeader(new HttpClient());
        foreach (var lsns in Enumerable.Range(1, KeyCount).Chunk(2_000))
        {
            store.Append([.. lsns.Select(lsn => EncodedEntry.Encode(crafted.Put(lsn, $"k{lsn:D5}", Value)))], watermarkBound: lsns[0] - 1);
        }
    }

    // Reads the head of the answer and nothing more until it is told to.
    private sealed class SlowReader : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 128 << 10 };

        public static async Task<SlowReader> StartAsync(Uri address, string path)
        {
            var reader = new SlowReader();
            await reader._socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
            await reader._socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\nHost: {address.Authority}\r\n\r\n"));
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                Assert.Equal(1, await reader._socket.ReceiveAsync(one));
                head.Append((char)one[0]);
            }

            Assert.StartsWith("HTTP/1.1 200", head.ToString(), StringComparison.Ordinal);
            return reader;
        }

        public async Task<JsonElement> ReadJsonAsync()
        {
            await using var stream = new NetworkStream(_socket);
            using var body = new MemoryStream();
            await stream.CopyToAsync(body);
            return JsonDocument.Parse(body.ToArray()).RootElement;
        }

        public void Dispose() => _socket.Dispose();
    }
}

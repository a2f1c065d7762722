using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using KvStore.Node.Replication;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;
using KvStore.Tests.Integration;

namespace KvStore.Tests.Api;

/// <summary>Entries on a connection of their own.</summary>
public sealed class EntryStreamTests
{
    [Fact]
    public async Task Entries_are_confirmed_each_message_for_itself_and_served()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();
        await using var stream = await OpenAsync(leader);

        await stream.SendAsync(10, leader.Message(leader.Put(1, "k", "v1")));
        await stream.SendAsync(11, leader.Message(leader.Put(2, "k", "v2"), leader.Put(3, "other", "v")));

        for (var number = 10u; number <= 11; number++)
        {
            var (answered, answer) = await stream.NextAsync();
            Assert.Equal((number, null, ""), (answered, answer.Refusal, answer.Failure));
        }

        Assert.Equal("v2", (await follower.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
        Assert.Equal(3, (await follower.Client.FetchAsync("/")).Json.Number("watermark"));
    }

    [Fact]
    public async Task A_leader_that_has_not_greeted_is_refused_and_the_stream_goes_on()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client) { StoreId = "guessed" };
        await using var stream = await OpenAsync(leader);

        await stream.SendAsync(1, leader.Message(leader.Put(1, "k", "v")));
        Assert.Equal(RefusalReason.NotGreeted, (await stream.NextAsync()).Answer.Refusal.Reason);

        await leader.GreetAsync();
        await stream.SendAsync(2, leader.Message(leader.Put(1, "k", "v")));
        Assert.Null((await stream.NextAsync()).Answer.Refusal);
    }

    [Fact]
    public async Task A_newer_leader_fences_an_open_stream_off()
    {
        await using var follower = await LoneFollower.StartAsync();
        var old = new CraftedLeader(follower.Client);
        await old.GreetAsync();
        await using var stream = await OpenAsync(old);
        await new CraftedLeader(follower.Client) { Epoch = new() { Counter = 6, RunId = 66 } }.GreetAsync();

        await stream.SendAsync(1, old.Message(old.Put(1, "k", "v")));

        var refusal = (await stream.NextAsync()).Answer.Refusal;
        Assert.Equal((RefusalReason.OlderEpoch, 6), (refusal.Reason, refusal.Epoch.Counter));
        (await follower.Client.ReadAsync("k")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_answered_as_such_and_the_stream_goes_on()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();
        await using var stream = await OpenAsync(leader);

        await stream.SendBytesAsync(1, [0xFF, 0xFF, 0xFF]);
        Assert.Contains("not a batch of entries", (await stream.NextAsync()).Answer.Failure, StringComparison.Ordinal);

        await stream.SendAsync(2, leader.Message(leader.Put(1, "k", "v")));
        Assert.Equal((2u, ""), await stream.NextAsync() is var (number, answer) ? (number, answer.Failure) : default);
    }

    [Fact]
    public async Task A_message_that_is_too_long_ends_the_stream_and_nothing_else()
    {
        await using var follower = await LoneFollower.StartAsync();
        var leader = new CraftedLeader(follower.Client);
        await leader.GreetAsync();
        await using (var stream = await OpenAsync(leader))
        {
            await stream.SendRawAsync([.. BitConverter.GetBytes(ReplicationRoutes.MessageBytesMax + 1), 1, 0, 0, 0]);

            await Assert.ThrowsAsync<ChannelClosedException>(stream.NextAsync);
        }

        Assert.Equal(HttpStatusCode.OK, (await leader.ReplicateAsync(leader.Put(1, "k", "v"))).Status);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("kvstore-replication/2")]
    public async Task Another_protocol_is_426_and_the_answer_names_the_right_one(string protocol)
    {
        await using var follower = await LoneFollower.StartAsync();

        using var response = await new CraftedLeader(follower.Client).AskForStreamAsync(protocol);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Equal(ReplicationRoutes.StreamProtocol, response.Headers.Upgrade.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task Without_the_secret_it_is_401(string? secret)
    {
        await using var follower = await LoneFollower.StartAsync("right");

        using var response = await new CraftedLeader(follower.Client) { Secret = secret }.AskForStreamAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_leader_gets_a_stream_from_its_follower_and_entries_go_over_it()
    {
        const string secret = "a secret of the tests";
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 1,
            Secret = secret,
            LeaderSettings = new() { ["WRITE_QUORUM"] = "1" },
        });
        await using var other = await LoneFollower.StartAsync(secret);
        var leader = new CraftedLeader(other.Client) { Secret = secret };
        await leader.GreetAsync();

        await using var stream = await cluster.Leader.Part<LaneClient>().OpenStreamAsync(other.Node.Address, CancellationToken.None);

        Assert.NotNull(stream);
        var answer = await stream.SendAsync(PooledBody.Of(leader.Message(leader.Put(1, "k", "v"))), TimeSpan.FromMinutes(1));
        Assert.Equal((null, ""), (answer.Refusal, answer.Failure));
        Assert.Equal("v", (await other.Client.ReadAsync("k")).Is(HttpStatusCode.OK).Text("value"));
    }

    [Fact]
    public async Task A_follower_behind_a_proxy_that_passes_no_streams_gets_its_entries_by_request()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 1,
            Secret = "a secret for the gate",
            LeaderSettings = new() { ["WRITE_QUORUM"] = "1" },
        });
        await using var gate = await ReplicationGate.StartAsync(() => cluster.Followers[0].Address);
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["FOLLOWERS"] = gate.Address });

        await cluster.WriteAsync("k", "v");

        await cluster.AllNodesBecomeIdenticalAsync();
    }

    private static async Task<CraftedStream> OpenAsync(CraftedLeader leader)
    {
        var response = await leader.AskForStreamAsync();
        Assert.Equal(HttpStatusCode.SwitchingProtocols, response.StatusCode);
        return new CraftedStream(await response.Content.ReadAsStreamAsync());
    }

    private sealed class CraftedStream : IAsyncDisposable
    {
        private readonly Stream _connection;
        private readonly Channel<(uint Number, ReplicateAnswer Answer)> _answers = Channel.CreateUnbounded<(uint, ReplicateAnswer)>();
        private readonly Task _reading;

        public CraftedStream(Stream connection)
        {
            _connection = connection;
            _reading = ReadAsync();
        }

        public Task SendAsync(uint number, ReplicateRequest message) => SendBytesAsync(number, message.ToByteArray());

        public Task SendBytesAsync(uint number, byte[] message)
        {
            byte[] frame = [.. new byte[FrameStream.HeaderBytes], .. message];
            FrameStream.WriteHeader(frame, number);
            return SendRawAsync(frame);
        }

        public Task SendRawAsync(byte[] bytes) => _connection.WriteAsync(bytes).AsTask();

        public Task<(uint Number, ReplicateAnswer Answer)> NextAsync() => _answers.Reader.ReadAsync().AsTask();

        public async ValueTask DisposeAsync()
        {
            await _connection.DisposeAsync();
            await _reading;
        }

        private async Task ReadAsync()
        {
            try
            {
                await new FrameStream(_connection, 1 << 20).ReadAsync(
                    (number, message) => Assert.True(_answers.Writer.TryWrite((number, ReplicateAnswer.Parser.ParseFrom(message)))), CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // One side has ended it.
            }

            _answers.Writer.Complete();
        }
    }
}

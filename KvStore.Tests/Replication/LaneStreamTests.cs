using System.Buffers;
using Google.Protobuf;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Replication.Wire;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Replication;

/// <summary>Every message on a stream gets its own answer, or the reason why there is none.</summary>
public sealed class LaneStreamTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly Uri Address = new("http://follower1/replicate/stream");

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<uint> _arrived = [];
    private Connection _connection = null!;
    private FrameStream _follower = null!;
    private LaneStream _stream = null!;

    public async Task InitializeAsync()
    {
        _connection = await Connection.OpenAsync();
        _follower = new FrameStream(_connection.Far, 1 << 20);
        _stream = new LaneStream(new FrameStream(_connection.Near, 1 << 20), Address, _time, _stop.Token);
    }

    public async Task DisposeAsync()
    {
        await _stream.DisposeAsync();
        _connection.Dispose();
    }

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task An_answer_finds_its_message_in_whatever_order_it_comes()
    {
        Follow();
        var (first, second) = (SendAsync(), SendAsync());
        await ArrivedAsync(2);

        await AnswerAsync(_arrived[1], "to the second");
        await AnswerAsync(_arrived[0], "to the first");

        Assert.Equal(("to the first", "to the second"), ((await first).Failure, (await second).Failure));
    }

    [Fact]
    public async Task A_message_that_has_come_twice_is_answered_once()
    {
        Follow();
        var first = SendAsync();
        await ArrivedAsync(1);
        await AnswerAsync(_arrived[0], "a");
        await AnswerAsync(_arrived[0], "b");

        var second = SendAsync();
        await ArrivedAsync(2);
        await AnswerAsync(_arrived[1], "c");

        Assert.Equal(("a", "c"), ((await first).Failure, (await second).Failure));
    }

    [Fact]
    public async Task One_that_is_not_answered_in_time_fails_and_so_does_every_other()
    {
        Follow();
        var first = SendAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        var second = SendAsync();
        await ArrivedAsync(2);
        Assert.False(first.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));

        foreach (var send in (Task[])[first, second, SendAsync()])
        {
            Assert.Equal($"no answer from {Address} within 3 s", (await Assert.ThrowsAsync<LaneException>(() => send)).Message);
        }
    }

    [Fact]
    public async Task The_limit_is_each_messages_own()
    {
        Follow();
        var first = SendAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        var second = SendAsync();
        await ArrivedAsync(2);
        await AnswerAsync(_arrived[0], "");
        await first;

        _time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.5));

        await Assert.ThrowsAsync<LaneException>(() => second);
    }

    [Fact]
    public async Task A_connection_that_ends_fails_what_waits_and_what_comes()
    {
        var waiting = SendAsync();

        _connection.Far.Dispose();

        Assert.Contains("broke", (await Assert.ThrowsAsync<LaneException>(() => waiting)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LaneException>(SendAsync);
    }

    [Fact]
    public async Task A_connection_that_ends_is_known_to_have_ended_when_nothing_waits()
    {
        Assert.False(_stream.Ended.IsCompleted);

        _connection.Far.Dispose();

        Assert.Equal($"the connection to {Address} broke", Assert.IsType<LaneException>(await _stream.Ended).Message);
    }

    [Fact]
    public async Task An_answer_that_is_none_ends_the_stream()
    {
        var waiting = SendAsync();
        byte[] frame = [.. new byte[FrameStream.HeaderBytes], 0xFF, 0xFF, 0xFF];
        FrameStream.WriteHeader(frame, 1);

        await _follower.WriteAsync(frame);

        await Assert.ThrowsAsync<LaneException>(() => waiting);
    }

    [Fact]
    public async Task Nobody_waits_while_the_node_stops()
    {
        var waiting = SendAsync();

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    // Takes messages until the connection ends.
    private void Follow() => _ = _follower.ReadAsync((number, _) =>
    {
        lock (_arrived)
        {
            _arrived.Add(number);
        }
    }, CancellationToken.None);

    private Task ArrivedAsync(int count) => Eventually.HoldsAsync($"{count} messages have arrived", () =>
    {
        lock (_arrived)
        {
            return Task.FromResult(_arrived.Count == count);
        }
    });

    private Task<ReplicateAnswer> SendAsync() => _stream.SendAsync(PooledBody.Of(new ReplicateRequest { LeaderLsn = 7 }), Limit);

    private Task AnswerAsync(uint number, string failure)
    {
        byte[] frame = [.. new byte[FrameStream.HeaderBytes], .. new ReplicateAnswer { Failure = failure }.ToByteArray()];
        FrameStream.WriteHeader(frame, number);
        return _follower.WriteAsync(frame);
    }
}

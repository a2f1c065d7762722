using System.Buffers;
using System.Net.Sockets;
using Google.Protobuf;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// A connection to a follower that carries nothing but a lane's messages with entries, and their answers. An HTTP request for
/// each would cost both nodes more than the entries in it do. One message that fails ends it, and with it all others that wait.
/// </summary>
internal sealed class LaneStream : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Sent> _inFlight = [];
    private readonly FrameStream _frames;
    private readonly Uri _address;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _stop;
    private readonly Task _reading;
    private readonly TaskCompletionSource<Exception> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _number;
    private bool _isTimed;
    private Exception? _failure;

    /// <summary>Takes over a connection that has just been made.</summary>
    /// <param name="frames">The connection.</param>
    /// <param name="address">The follower's address, for messages.</param>
    /// <param name="time">The clock of the time limits.</param>
    /// <param name="stop">The node stops.</param>
    public LaneStream(FrameStream frames, Uri address, TimeProvider time, CancellationToken stop)
    {
        (_frames, _address, _time) = (frames, address, time);
        _timer = time.CreateTimer(static stream => ((LaneStream)stream!).LookAtTheTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _stop = stop.UnsafeRegister(static (stream, token) => ((LaneStream)stream!).Fail(new OperationCanceledException(token)), this);
        _reading = ReadAsync();
    }

    /// <summary>Completes when the stream has ended, with the reason.</summary>
    public Task<Exception> Ended => _ended.Task;

    /// <summary>Sends a message.</summary>
    /// <param name="message">The encoded <see cref="ReplicateRequest"/>.</param>
    /// <param name="timeout">How long its answer may take.</param>
    /// <exception cref="LaneException">There is no answer; the follower may hold the entries nevertheless.</exception>
    public async Task<ReplicateAnswer> SendAsync(PooledBody message, TimeSpan timeout)
    {
        var sent = new Sent(_time.GetTimestamp(), timeout);
        FrameStream.WriteHeader(message.Frame.Span, Register(sent));
        try
        {
            await _frames.WriteAsync(message.Frame);
        }
        catch (Exception e)
        {
            Fail(e is IOException or ObjectDisposedException ? Broken(e) : e); // What nobody foresaw is the caller's to report.
        }

        return await sent.Answer.Task;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Fail(Broken(null));
        await _reading;
        await _timer.DisposeAsync();
        await _stop.DisposeAsync();
    }

    private uint Register(Sent sent)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            _inFlight.Add(++_number, sent);

            // Once for many messages: it looks for the oldest whenever it fires.
            if (!_isTimed)
            {
                _isTimed = _timer.Change(sent.Timeout, Timeout.InfiniteTimeSpan);
            }

            return _number;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await _frames.ReadAsync(Answered, CancellationToken.None);
            Fail(Broken(null));
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidDataException or InvalidProtocolBufferException or ObjectDisposedException)
        {
            Fail(Broken(e));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Answered(uint number, ReadOnlySequence<byte> message)
    {
        var answer = ReplicateAnswer.Parser.ParseFrom(message);
        Sent? sent;
        lock (_gate)
        {
            _inFlight.Remove(number, out sent);
        }

        sent?.Answer.TrySetResult(answer); // Null when a message has come twice.
    }

    private void LookAtTheTime()
    {
        Sent? late = null;
        lock (_gate)
        {
            TimeSpan? next = null;
            foreach (var sent in _inFlight.Values)
            {
                var left = sent.Timeout - _time.GetElapsedTime(sent.At);
                late = left <= TimeSpan.Zero ? sent : late;
                next = next < left ? next : left;
            }

            _isTimed = late is null && next is { } pause && _timer.Change(pause, Timeout.InfiniteTimeSpan);
        }

        if (late is not null)
        {
            Fail(new LaneException($"no answer from {_address} within {late.Timeout.TotalSeconds:0.#} s"));
        }
    }

    private void Fail(Exception failure)
    {
        Sent[] waiting;
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = failure;
            waiting = [.. _inFlight.Values];
            _inFlight.Clear();
        }

        _frames.Abort();
        foreach (var sent in waiting)
        {
            sent.Answer.TrySetException(failure);
        }

        _ended.TrySetResult(failure);
    }

    private LaneException Broken(Exception? inner) => new($"the connection to {_address} broke{(inner is null ? "" : $": {inner.Message}")}", inner);

    // Whoever waits goes on in the thread that reads the answer.
    private sealed record Sent(long At, TimeSpan Timeout)
    {
        public TaskCompletionSource<ReplicateAnswer> Answer { get; } = new();
    }
}

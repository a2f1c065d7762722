using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KvStore.Tests.Integration;

namespace KvStore.Tests.Crash;

/// <summary>
/// Clients that write through every fault, each write once, and remember what they were told: of keys that get one write, of
/// keys that all share, and deletes of both.
/// </summary>
internal sealed class CrashLoad : IAsyncDisposable
{
    private const int Writers = 24;
    private const int SharedKeys = 5;
    private const int KeysToDeleteMax = 100;
    private const int AnswerLimitMs = 4_000;
    private const int ImpatientLimitMs = 50;

    // Between two writes of one client, so that no round makes more of them than can be compared in a moment; longer where
    // nobody listens, as that is said at once.
    private const int PauseMaxMs = 20;
    private const int RefusedPauseMaxMs = 200;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);

    private readonly ConcurrentQueue<SentWrite> _writes = [];
    private readonly Func<string, string, CancellationToken, Task<WriteAnswer>> _writeAsync;
    private readonly Func<string, CancellationToken, Task<WriteAnswer>> _deleteAsync;
    private readonly string _name;
    private readonly int _seed;
    private readonly Task _writers;
    private long _clock;
    private int _acknowledged;
    private volatile bool _isEnded;
    private volatile Milestone _milestone = new(long.MaxValue);

    private CrashLoad(
        Func<string, string, CancellationToken, Task<WriteAnswer>> writeAsync, Func<string, CancellationToken, Task<WriteAnswer>> deleteAsync, string name, int seed)
    {
        (_writeAsync, _deleteAsync, _name, _seed) = (writeAsync, deleteAsync, name, seed);
        _writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(RunAsync));
    }

    /// <summary>What was sent, or tried, and has ended, one way or the other.</summary>
    public IReadOnlyCollection<SentWrite> Writes => _writes;

    /// <summary>How many writes were acknowledged.</summary>
    public int Acknowledged => _acknowledged;

    /// <summary>Starts the clients.</summary>
    /// <param name="writeAsync">Writes a value to a key, up to its time limit.</param>
    /// <param name="deleteAsync">Deletes a key, up to its time limit.</param>
    /// <param name="name">Begins every key.</param>
    /// <param name="seed">Decides on the keys.</param>
    public static CrashLoad Start(
        Func<string, string, CancellationToken, Task<WriteAnswer>> writeAsync, Func<string, CancellationToken, Task<WriteAnswer>> deleteAsync, string name, int seed) =>
        new(writeAsync, deleteAsync, name, seed);

    /// <summary>Waits until so many more writes have ended, one way or the other, but not longer than a fault is to last.</summary>
    public async Task WaitForOutcomesAsync(int count, TimeSpan atMost)
    {
        var milestone = new Milestone((long)_writes.Count + count);
        _milestone = milestone;
        milestone.Pass(_writes.Count);
        await Task.WhenAny(milestone.Reached, _writers, Task.Delay(atMost));
    }

    /// <summary>Waits until so many more writes were acknowledged.</summary>
    public Task WaitForAcknowledgedAsync(int count)
    {
        var target = _acknowledged + count;
        return Eventually.BecomesAsync(
            () => Task.FromResult(_acknowledged), now => now >= target || _writers.IsCompleted, now => $"{now}", $"{target} acknowledged writes");
    }

    /// <summary>Ends the clients; each has its last answer then.</summary>
    public Task EndAsync()
    {
        _isEnded = true;
        return _writers.WaitAsync(EndLimit);
    }

    /// <summary>Ends the clients when the round has failed before its end; it is its failure that counts.</summary>
    public async ValueTask DisposeAsync()
    {
        _isEnded = true;
        await _writers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(int writer)
    {
        var random = new Random(unchecked((_seed * Writers) + writer));
        var written = new Queue<string>();
        for (var number = 0; !_isEnded; number++)
        {
            var (key, isDelete) = Choose(random, writer, number, written);
            var limitMs = random.Next(25) == 0 ? random.Next(1, ImpatientLimitMs) : AnswerLimitMs;
            var begunAt = Interlocked.Increment(ref _clock);
            var write = isDelete
                ? await SendAsync(key, null, limitMs, limit => _deleteAsync(key, limit))
                : await SendAsync(key, $"{key} {writer} {number}", limitMs, limit => _writeAsync(key, $"{key} {writer} {number}", limit));
            Record(write with { BegunAt = begunAt, EndedAt = Interlocked.Increment(ref _clock) });
            if (write is { IsDelete: false, Fate: WriteFate.Acknowledged } && !IsShared(key) && written.Count < KeysToDeleteMax)
            {
                written.Enqueue(key);
            }

            await Task.Delay(random.Next(write.IsNowhere ? RefusedPauseMaxMs : PauseMaxMs));
        }
    }

    // A key of one's own is written once, and deleted at most once and only when the write was acknowledged.
    private (string Key, bool IsDelete) Choose(Random random, int writer, int number, Queue<string> written) => random.Next(100) switch
    {
        < 20 => ($"{_name}shared-{random.Next(SharedKeys)}", false),
        < 25 => ($"{_name}shared-{random.Next(SharedKeys)}", true),
        < 35 when written.TryDequeue(out var key) => (key, true),
        _ => ($"{_name}{writer}-{number}", false),
    };

    private bool IsShared(string key) => key.StartsWith($"{_name}shared-", StringComparison.Ordinal);

    private static async Task<SentWrite> SendAsync(string key, string? value, int limitMs, Func<CancellationToken, Task<WriteAnswer>> send)
    {
        using var limit = new CancellationTokenSource(limitMs);
        try
        {
            var answer = await send(limit.Token);
            return new SentWrite(key, value, FateIn(answer), answer.Version, answer.Epoch, answer.ReplicatedTo);
        }
        catch (HttpRequestException e) when (e is { HttpRequestError: HttpRequestError.ConnectionError, InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } })
        {
            return new SentWrite(key, value, WriteFate.NotSent);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new SentWrite(key, value, WriteFate.Unknown);
        }
    }

    // HONEST knows no other answer to a write that is well formed.
    private static WriteFate FateIn(WriteAnswer answer) => answer switch
    {
        { Code: HttpStatusCode.OK, Version: not null } => WriteFate.Acknowledged,
        { Code: HttpStatusCode.ServiceUnavailable, Outcome: "unknown" } => WriteFate.Unknown,
        { Code: HttpStatusCode.ServiceUnavailable, Outcome: "rejected" } => WriteFate.Rejected,
        { Code: HttpStatusCode.NotFound } => WriteFate.KeyNotFound,
        _ => throw new InvalidOperationException($"The leader answered {answer}, which says neither of acknowledged, rejected and unknown."),
    };

    private void Record(SentWrite write)
    {
        _writes.Enqueue(write);
        if (write.Fate == WriteFate.Acknowledged)
        {
            Interlocked.Increment(ref _acknowledged);
        }

        _milestone.Pass(_writes.Count);
    }

    private sealed class Milestone(long count)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Pass(int now)
        {
            if (now >= count)
            {
                _reached.TrySetResult();
            }
        }
    }
}

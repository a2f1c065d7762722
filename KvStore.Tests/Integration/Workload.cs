using System.Collections.Concurrent;

namespace KvStore.Tests.Integration;

/// <summary>A write that a client was told has its quorum.</summary>
internal sealed record AcknowledgedWrite(string Key, string Value, long Version, long Epoch);

/// <summary>
/// Writers that go on until they are told to stop or the leader answers no more, each on keys of its own and on keys that
/// all share, and remember what they were told.
/// </summary>
internal sealed class Workload
{
    private const int WritesPerWriterMax = 2_000;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentBag<AcknowledgedWrite> _acknowledged = [];
    private readonly ConcurrentBag<(string Key, string Value)> _open = [];
    private readonly Cluster _cluster;
    private readonly string _name;
    private readonly int _seed;
    private readonly Task _writers;
    private volatile bool _isEnded;

    private Workload(Cluster cluster, string name, int writers, int seed)
    {
        (_cluster, _name, _seed) = (cluster, name, seed);
        _writers = Task.WhenAll(Enumerable.Range(0, writers).Select(WriteAsync));
    }

    /// <summary>The writes that were acknowledged so far.</summary>
    public IReadOnlyCollection<AcknowledgedWrite> Acknowledged => _acknowledged;

    /// <summary>How many writes got another answer, or none.</summary>
    public int NotAcknowledged => _open.Count;

    /// <summary>Starts the writers.</summary>
    /// <param name="cluster">Where they write.</param>
    /// <param name="name">Begins every key and value.</param>
    /// <param name="writers">How many write at once.</param>
    /// <param name="seed">Decides on the keys.</param>
    public static Workload Start(Cluster cluster, string name, int writers, int seed) => new(cluster, name, writers, seed);

    /// <summary>Waits until at least so many writes were acknowledged.</summary>
    public Task WaitForAcknowledgedAsync(int count) => Eventually.BecomesAsync(
        () => Task.FromResult(_acknowledged.Count), now => now >= count || _writers.IsCompleted, now => $"{now}", $"{count} acknowledged writes");

    /// <summary>Ends the writers that have not ended by themselves, and waits for all.</summary>
    public Task EndAsync()
    {
        _isEnded = true;
        return _writers.WaitAsync(Cluster.Deadline);
    }

    /// <summary>Every acknowledged write is in a state, or a later write of its key is; no version was given twice.</summary>
    public void AssertKept(StateAnswer state)
    {
        Assert.Equal(_acknowledged.Count, _acknowledged.Select(write => write.Version).Distinct().Count());
        foreach (var key in _acknowledged.GroupBy(write => write.Key))
        {
            var newest = key.MaxBy(write => write.Version)!;
            Assert.True(state.Versions.TryGetValue(key.Key, out var version) && version >= newest.Version, $"Lost: {newest}, there is version {version}.");
            var value = state.Store[key.Key];
            Assert.True(
                version == newest.Version ? value == newest.Value : _open.Contains((key.Key, value)),
                $"{key.Key} has version {version} with '{value}', which nobody wrote after {newest}.");
        }
    }

    private async Task WriteAsync(int writer)
    {
        var random = new Random(_seed + writer);
        for (var number = 0; number < WritesPerWriterMax && !_isEnded; number++)
        {
            var key = random.Next(3) == 0 ? $"{_name}-shared-{random.Next(5)}" : $"{_name}-{writer}-{number}";
            var value = $"{_name} {writer} {number}";
            if (!await TryWriteAsync(key, value))
            {
                return;
            }
        }
    }

    // False when there was no answer: whether the write took place is open, and the leader is gone.
    private async Task<bool> TryWriteAsync(string key, string value)
    {
        using var limit = new CancellationTokenSource(AnswerLimit);
        try
        {
            var answer = await _cluster.WriteAsync(key, value, cancellationToken: limit.Token);
            if (answer.IsAcknowledged)
            {
                _acknowledged.Add(new AcknowledgedWrite(key, value, answer.Version!.Value, answer.Epoch!.Value));
            }
            else
            {
                _open.Add((key, value));
            }

            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            _open.Add((key, value));
            return false;
        }
    }
}

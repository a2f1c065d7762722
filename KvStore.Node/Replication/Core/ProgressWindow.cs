namespace KvStore.Node.Replication.Core;

/// <summary>How fast a follower confirms and the leader appends, over the last seconds.</summary>
internal sealed class ProgressWindow
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.5);

    private readonly Queue<Sample> _samples = new();
    private Sample? _newest;

    /// <summary>Takes a sample, if the last one is old enough.</summary>
    /// <param name="now">The time.</param>
    /// <param name="confirmed">How many entries the follower holds.</param>
    /// <param name="appended">How many the leader has.</param>
    public void Observe(TimeSpan now, long confirmed, long appended)
    {
        if (_newest is { } newest && now - newest.At < Step)
        {
            return;
        }

        _newest = new Sample(now, confirmed, appended);
        _samples.Enqueue(_newest.Value);
        while (_samples.Count > 1 && now - _samples.Peek().At > Span)
        {
            _samples.Dequeue();
        }
    }

    /// <summary>Forgets everything: the follower has begun anew.</summary>
    public void Clear()
    {
        _samples.Clear();
        _newest = null;
    }

    /// <summary>Entries a second that the follower has confirmed, and that the leader has appended, since the oldest sample.</summary>
    public (double Confirmed, double Appended) RatesAt(TimeSpan now, long confirmed, long appended)
    {
        if (!_samples.TryPeek(out var oldest) || now - oldest.At < Step)
        {
            return (0, 0);
        }

        var seconds = (now - oldest.At).TotalSeconds;
        return (Math.Max(0, (confirmed - oldest.Confirmed) / seconds), (appended - oldest.Appended) / seconds);
    }

    private readonly record struct Sample(TimeSpan At, long Confirmed, long Appended);
}

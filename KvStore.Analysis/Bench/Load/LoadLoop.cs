namespace KvStore.Analysis.Bench.Load;

/// <summary>
/// Offers load on one thread. In the closed loop a connection sends when its last answer is there. In the open loop a request is
/// due at its moment; when every connection waits, it waits too, and its latency counts from that moment all the same. A generator
/// that would not count this wait (coordinated omission) hides a stall from every request but those under way.
/// </summary>
internal sealed class LoadLoop
{
    private const string NoAnswer = "There was no answer by the end.";

    private readonly IConnections _connections;
    private readonly TimeProvider _time;
    private readonly long[] _startedAt;
    private readonly Stack<int> _idle;
    private readonly List<Answer> _answers = [];

    /// <param name="connections">Where the requests go.</param>
    /// <param name="time">The clock.</param>
    public LoadLoop(IConnections connections, TimeProvider time)
    {
        _connections = connections;
        _time = time;
        _startedAt = new long[connections.Count];
        _idle = new(Enumerable.Range(0, connections.Count));
    }

    /// <summary>Sends requests until the time is over, they are used up, or it is cancelled; then awaits the answers.</summary>
    public LoadResult Run(IEnumerable<Request> requests, LoadPlan plan, CancellationToken cancellationToken)
    {
        using var next = requests.GetEnumerator();
        var result = new LoadResult();
        var start = _time.GetTimestamp();
        var countsFrom = start + Ticks(plan.WarmUp);
        var end = countsFrom + Ticks(plan.Duration);
        var hasBegun = false;
        var due = 0L; // The number of the open loop's next request.
        var now = start;
        while (now < end && !cancellationToken.IsCancellationRequested)
        {
            if (!hasBegun && now >= countsFrom)
            {
                hasBegun = true;
                countsFrom = now;
                plan.Begins();
            }

            var nextAt = long.MaxValue;
            while (_idle.Count > 0)
            {
                var startAt = plan.RatePerSecond is { } rate ? start + (long)(due * _time.TimestampFrequency / rate) : now;
                if (startAt > now)
                {
                    nextAt = startAt;
                    break;
                }

                if (!next.MoveNext())
                {
                    end = now;
                    break;
                }

                due++;
                var connection = _idle.Pop();
                _startedAt[connection] = startAt;
                _connections.Send(connection, next.Current);
            }

            now = Take(result, Math.Min(nextAt, hasBegun ? end : countsFrom), now, countsFrom, hasBegun);
        }

        if (hasBegun)
        {
            plan.Ends();
            result.Elapsed = _time.GetElapsedTime(countsFrom, now);
        }

        Finish(result, plan, now, countsFrom, hasBegun);
        return result;
    }

    // Every request that counts is accounted for; leaving those out that a stall holds up at the end would hide it.
    private void Finish(LoadResult result, LoadPlan plan, long now, long countsFrom, bool hasBegun)
    {
        var limit = now + Ticks(plan.Drain);
        while (_idle.Count < _connections.Count && now < limit)
        {
            now = Take(result, limit, now, countsFrom, hasBegun);
        }

        foreach (var connection in Enumerable.Range(0, _connections.Count).Except(_idle).Where(connection => hasBegun && _startedAt[connection] >= countsFrom))
        {
            result.Add(_time.GetElapsedTime(_startedAt[connection], now), NoAnswer);
        }
    }

    private long Take(LoadResult result, long until, long now, long countsFrom, bool hasBegun)
    {
        _connections.Wait(until > now ? _time.GetElapsedTime(now, until) : TimeSpan.Zero, _answers);
        now = _time.GetTimestamp();
        foreach (var (connection, error) in _answers)
        {
            _idle.Push(connection);
            if (hasBegun && _startedAt[connection] >= countsFrom)
            {
                result.Add(_time.GetElapsedTime(_startedAt[connection], now), error);
            }
        }

        _answers.Clear();
        return now;
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}

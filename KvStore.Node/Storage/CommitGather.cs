namespace KvStore.Node.Storage;

/// <summary>
/// Decides whether the leader's next commit waits for more writes. Clients that wait for one another's fsyncs drift into many small
/// commits, each with its fsyncs and messages on every node; one that waits a moment for the writers that were just answered has
/// nearly all of them, and all are answered sooner. (PostgreSQL's <c>commit_delay</c> and MySQL's
/// <c>binlog_group_commit_sync_delay</c> are fixed; here the delay follows the writers, and one writer never waits.)
/// </summary>
/// <remarks>Counts and times come in, a goal goes out: no clock and no thread of its own.</remarks>
internal sealed class CommitGather
{
    private static readonly TimeSpan LimitMax = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan LimitMin = TimeSpan.FromMilliseconds(1); // A thread cannot wait for less.
    private const double Kept = 0.9; // Of an average, at each commit.
    private const double LatencyShare = 0.5;
    private const int ShortfallsBorne = 4;
    private const int SkippedMax = 64;

    private double _writers;
    private double _committed;
    private double _elapsed;
    private double _waited;
    private TimeSpan? _askedAt;
    private int _wanted;
    private int _shortfalls;
    private int _skipped;

    /// <summary>There is something to commit.</summary>
    /// <param name="inFlight">Writes that have arrived and are not answered, those that would be committed now among them.</param>
    /// <param name="now">The time, from any fixed instant.</param>
    public GatherGoal Next(int inFlight, TimeSpan now)
    {
        _writers = Math.Max(inFlight, (_writers * Kept) + (inFlight * (1 - Kept)));
        _elapsed = (_elapsed * Kept) + (now - (_askedAt ?? now)).TotalSeconds;
        _askedAt = now;
        _wanted = 0;
        if (_skipped > 0)
        {
            _skipped--;
            return default;
        }

        // By Little's law a write takes so long as it takes to commit as many as are in flight. Writers that were just answered are
        // back in a part of that; those that come when they like, and would only be held up, are not.
        var commits = 1 / (1 - Kept);
        var latency = _committed > 0 ? TimeSpan.FromSeconds((_writers * _elapsed / _committed) - (_waited / commits)) : TimeSpan.Zero;
        if (latency < LimitMin)
        {
            return default;
        }

        var limit = TimeSpan.FromTicks(Math.Clamp((long)(latency.Ticks * LatencyShare), LimitMin.Ticks, LimitMax.Ticks));

        // All but a tenth: whoever comes late must not hold up the others.
        _wanted = (int)Math.Round(_writers * 0.9);
        return new GatherGoal(_wanted, limit);
    }

    /// <summary>A commit begins with so many writes, whether or not it has waited.</summary>
    public void Taken(int writes, TimeSpan now)
    {
        _committed = (_committed * Kept) + writes;
        _waited = (_waited * Kept) + (now - (_askedAt ?? now)).TotalSeconds;
        if (_wanted == 0)
        {
            return;
        }

        _shortfalls = writes >= _wanted / 2 ? 0 : _shortfalls + 1;
        if (_shortfalls >= ShortfallsBorne)
        {
            // They do not come back that fast, such as when a follower is far away: try again after a while, a longer one each time.
            _skipped = Math.Min(1 << Math.Min(_shortfalls - ShortfallsBorne, 30), SkippedMax);
        }
    }
}

using System.Globalization;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>When a write had its quorum.</summary>
/// <param name="At">The time of the W-th confirmation.</param>
/// <param name="Follower">Whose it was; null when the node did not say.</param>
/// <param name="Confirmations">W.</param>
internal sealed record QuorumPoint(DateTimeOffset At, string? Follower, int Confirmations);

/// <summary>What the sends of a write to one follower came to.</summary>
/// <param name="Name">The follower.</param>
/// <param name="Attempts">In the order in which they began.</param>
internal sealed record FollowerSends(string Name, IReadOnlyList<ReplicateAttempt> Attempts)
{
    /// <summary>The attempt that was confirmed first; null while there is none.</summary>
    public ReplicateAttempt? Confirmed { get; } = Attempts.Where(a => a.IsConfirmed).MinBy(a => a.Span.End);

    /// <summary>How many attempts have failed.</summary>
    public int Failures => Attempts.Count(a => !a.IsConfirmed);
}

/// <summary>A write as its trace shows it so far: the server span that its client waited for, the commit, the sends.</summary>
internal sealed class WriteTrace
{
    private WriteTrace(ulong key, SpanRecord? server, SpanRecord? commit, IReadOnlyList<FollowerSends> followers)
    {
        Key = key;
        Server = server;
        Commit = commit;
        Followers = followers;
        WriteQuorum = Number(server?.Attribute(WriteAttributes.WriteQuorum));
        Quorum = QuorumOf(server) ?? QuorumFrom(followers);
    }

    /// <summary>The id of the server span, also while that has not come.</summary>
    public ulong Key { get; }

    /// <summary>The span of the client's request; null while it has not come, which is so until the write is answered.</summary>
    public SpanRecord? Server { get; }

    /// <summary>The leader's own fsync; null while it has not come.</summary>
    public SpanRecord? Commit { get; }

    /// <summary>By name.</summary>
    public IReadOnlyList<FollowerSends> Followers { get; }

    /// <summary>W; null when it is not known.</summary>
    public int? WriteQuorum { get; }

    /// <summary>When the quorum was there; null when it was not, or is not known.</summary>
    public QuorumPoint? Quorum { get; }

    /// <summary>When the client had its answer; null while it is not known.</summary>
    public DateTimeOffset? AnsweredAt => Server?.End;

    /// <summary><c>success</c>, <c>unknown</c>, <c>rejected</c>, …; null while it is not known.</summary>
    public string? Outcome => Server?.Attribute(WriteAttributes.Outcome);

    /// <summary>The write's number; null when it is not known.</summary>
    public string? Lsn => Server?.Attribute(WriteAttributes.Lsn) ?? Commit?.Attribute(WriteAttributes.Lsn);

    /// <summary>The follower whose confirmation was the W-th; null when there was none.</summary>
    public string? WaitedFor => Server?.Attribute(WriteAttributes.WaitedFor) ?? Quorum?.Follower;

    /// <summary>The writes of a trace, by their beginning: one as a rule, none in a trace of something else.</summary>
    public static IReadOnlyList<WriteTrace> AllOf(Trace trace)
    {
        var servers = trace.Spans.Where(IsWrite).ToDictionary(s => s.SpanKey);
        var parts = trace.Spans
            .Where(s => s.ParentKey != 0 && (s.Name == WriteAttributes.CommitSpan || s.Name.StartsWith(WriteAttributes.ReplicateSpan, StringComparison.Ordinal)))
            .ToLookup(s => s.ParentKey);
        return [.. servers.Keys.Union(parts.Select(p => p.Key))
            .Select(key => Of(key, servers.GetValueOrDefault(key) ?? trace.Spans.FirstOrDefault(s => s.SpanKey == key), parts[key]))
            .OrderBy(w => w.Server?.Start ?? w.Commit?.Start ?? w.Followers[0].Attempts[0].Span.Start)];
    }

    private static bool IsWrite(SpanRecord span) =>
        span.Attribute(WriteAttributes.WriteQuorum) is not null && span.Attribute(WriteAttributes.Outcome) is not null;

    private static WriteTrace Of(ulong key, SpanRecord? server, IEnumerable<SpanRecord> parts)
    {
        SpanRecord? commit = null;
        var attempts = new List<ReplicateAttempt>();
        foreach (var part in parts)
        {
            if (ReplicateAttempt.Of(part) is { } attempt)
            {
                attempts.Add(attempt);
            }
            else
            {
                commit ??= part;
            }
        }

        var followers = attempts.GroupBy(a => a.Follower, StringComparer.Ordinal)
            .OrderBy(g => g.Key.Length).ThenBy(g => g.Key, StringComparer.Ordinal) // follower10 after follower9.
            .Select(g => new FollowerSends(g.Key, [.. g.OrderBy(a => a.Span.End)]));
        return new(key, server, commit, [.. followers]);
    }

    private static QuorumPoint? QuorumOf(SpanRecord? server)
    {
        foreach (var e in server?.Events ?? [])
        {
            if (e.Name == WriteAttributes.QuorumEvent)
            {
                var confirmations = Number(e.Attributes.Value("kvstore.confirmations")) ?? Number(server!.Attribute(WriteAttributes.WriteQuorum)) ?? 0;
                return new(e.At, e.Attributes.Value(WriteAttributes.Follower) ?? server!.Attribute(WriteAttributes.WaitedFor), confirmations);
            }
        }

        return null;
    }

    // A node that leaves the event out still shows every confirmation.
    private QuorumPoint? QuorumFrom(IReadOnlyList<FollowerSends> followers)
    {
        if (WriteQuorum is not (> 0 and var w) || Outcome != "success")
        {
            return null;
        }

        var last = followers.Where(f => f.Confirmed is not null).OrderBy(f => f.Confirmed!.Span.End).Skip(w - 1).FirstOrDefault();
        return last is null ? null : new(last.Confirmed!.Span.End, last.Name, w);
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

using System.Diagnostics;

namespace KvStore.Node.Replication.Leader;

/// <summary>What a write says on its server span. Everything is called by the write's own request, so the span is open.</summary>
internal static class WriteSpan
{
    /// <summary>Writes the outcome.</summary>
    /// <param name="span">The server span; nothing is written on one that nobody records.</param>
    /// <param name="write">The write.</param>
    /// <param name="outcome">What its client is told.</param>
    /// <param name="nameOf">A lane's follower.</param>
    /// <param name="time">The clock of the write's timestamps.</param>
    public static void Answered(Activity? span, PendingWrite write, WriteOutcome outcome, Func<int, string> nameOf, TimeProvider time)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }

        span.SetTag("kvstore.write_quorum", write.WriteQuorum);
        span.SetTag("kvstore.outcome", WriteOutcomes.NameOf(outcome));
        switch (outcome)
        {
            case WriteOutcome.Replicated done:
                Describe(span, write, done.Lsn, done.ReplicatedTo, nameOf, time);
                break;
            case WriteOutcome.Unknown unknown:
                Describe(span, write, unknown.Lsn, unknown.ReplicatedTo, nameOf, time);
                span.SetStatus(ActivityStatusCode.Error, $"{unknown.ReplicatedTo} of {write.WriteQuorum} confirmations: {unknown.Reason}");
                break;
            case WriteOutcome.Rejected rejected:
                span.SetStatus(ActivityStatusCode.Error, rejected.Reason);
                break;
        }
    }

    /// <summary>The client has gone away before its answer.</summary>
    /// <param name="span">The server span.</param>
    /// <param name="write">The write.</param>
    /// <param name="durableLsn">The newest entry that the leader has on its disk; the number of a later one may be told to nobody.</param>
    public static void Abandoned(Activity? span, PendingWrite write, long durableLsn)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }

        span.SetTag("kvstore.write_quorum", write.WriteQuorum);
        span.SetTag("kvstore.outcome", "abandoned");
        if (write.Lsn > 0 && write.Lsn <= durableLsn)
        {
            span.SetTag("kvstore.lsn", write.Lsn);
        }

        span.SetStatus(ActivityStatusCode.Error, "The client went away before the write was answered.");
    }

    private static void Describe(Activity span, PendingWrite write, long? lsn, int replicatedTo, Func<int, string> nameOf, TimeProvider time)
    {
        span.SetTag("kvstore.replicated_to", replicatedTo);
        if (lsn is { } number)
        {
            span.SetTag("kvstore.lsn", number);
        }

        // Also when the time was up a moment before: the client was told that it is unknown, and the trace shows how near it was.
        if (write.QuorumLane is { } lane && write.Confirmations[lane] is { } at)
        {
            var follower = nameOf(lane);
            span.SetTag("kvstore.waited_for", follower);
            span.AddEvent(new ActivityEvent(
                "quorum", time.GetUtcNow() - time.GetElapsedTime(at),
                new() { ["kvstore.follower"] = follower, ["kvstore.confirmations"] = write.WriteQuorum }));
        }
    }
}

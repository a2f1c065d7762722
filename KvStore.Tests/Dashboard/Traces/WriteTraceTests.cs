using KvStore.Dashboard.Components.Traces;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>What a trace says of its write.</summary>
public sealed class WriteTraceTests
{
    [Fact]
    public void The_quorum_is_where_the_nodes_event_says()
    {
        var write = Assert.Single(WriteTrace.AllOf(WriteSpans.Usual().ToTrace()));

        Assert.Equal((new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMilliseconds(411), "follower2", 3), (write.Quorum!.At, write.Quorum.Follower, write.Quorum.Confirmations));
        Assert.Equal((3, "17", "success", "follower2"), (write.WriteQuorum, write.Lsn, write.Outcome, write.WaitedFor));
    }

    [Fact]
    public void Without_the_event_the_quorum_is_the_Wth_confirmation_and_a_second_one_of_the_same_follower_does_not_count()
    {
        var spans = new WriteSpans();
        spans.AddServer(300, quorumAt: null, waitedFor: null, quorum: 2);
        spans.AddSend("follower1", 4, 10, 14, 20);
        spans.AddSend("follower1", 4, 20, 24, 30, attempt: 2);
        spans.AddSend("follower2", 4, 280, 284, 290);

        var write = Assert.Single(WriteTrace.AllOf(spans.ToTrace()));

        Assert.Equal((spans.Time(290), "follower2"), (write.Quorum!.At, write.Quorum.Follower));
    }

    [Fact]
    public void A_write_whose_quorum_was_not_reached_has_none()
    {
        var spans = new WriteSpans();
        spans.AddServer(5000, quorumAt: null, waitedFor: null, outcome: "unknown", error: "1 of 3 confirmations: time is up");
        spans.AddSend("follower1", 4, 10, 14, 20);
        spans.AddSend("follower2", 4, 10, 14, 6000);
        spans.AddSend("follower3", 4, 10, 14, 7000);

        Assert.Null(Assert.Single(WriteTrace.AllOf(spans.ToTrace())).Quorum);
    }

    [Fact]
    public void A_write_is_known_by_its_parts_before_its_server_span_has_come()
    {
        var spans = new WriteSpans();
        spans.AddCommit(1, 4);
        spans.AddSend("follower1", 4, 10, 14, 20);

        var write = Assert.Single(WriteTrace.AllOf(spans.ToTrace()));

        Assert.Equal(spans.Server, write.Key);
        Assert.Null(write.Server);
        Assert.Equal("17", write.Lsn);
        Assert.Equal("follower1", Assert.Single(write.Followers).Name);
    }

    [Fact]
    public void Two_writes_of_one_trace_are_two()
    {
        var spans = WriteSpans.Usual();
        var second = spans.Next();
        spans.Add("leader", "POST /keys", second, 0, 1000, 1500, [new("kvstore.write_quorum", "1"), new("kvstore.outcome", "success"), new("kvstore.lsn", "18")]);
        spans.Add("leader", "replicate follower1", spans.Next(), second, 1003, 1400);

        var writes = WriteTrace.AllOf(spans.ToTrace());

        Assert.Equal(["17", "18"], writes.Select(w => w.Lsn));
        Assert.Equal([5, 1], writes.Select(w => w.Followers.Count));
    }

    [Fact]
    public void A_trace_of_something_else_has_no_write()
    {
        var spans = new WriteSpans();
        spans.Add("leader", "GET /keys/{key}", spans.Next(), 0, 0, 2);

        Assert.Empty(WriteTrace.AllOf(spans.ToTrace()));
    }

    [Theory]
    [InlineData(400.0, 404.0, 400, 0, 5)] // Both are known and agree.
    [InlineData(400.0, null, 400, 0, 5)] // No event: what is beyond the lag counts as work.
    [InlineData(null, 404.0, 400, 0, 5)] // No lag: it ended where the send began.
    [InlineData(398.0, 404.0, 398, 0, 7)] // The scheduler's overshoot is work.
    [InlineData(100.0, 404.0, 100, 300, 5)] // Sent long after the lag was over.
    [InlineData(500.0, 404.0, 400, 0, 5)] // A send before the end of its lag, which cannot be: the event is what happened.
    [InlineData(900.0, null, 405, 0, 0)] // A lag beyond the span.
    [InlineData(null, null, 0, 0, 405)]
    public void A_send_is_lag_and_waiting_and_work(double? lagMs, double? sendAt, double lag, double waiting, double sending)
    {
        var attempt = ReplicateAttempt.Of(new WriteSpans().AddSend("follower1", 4, lagMs, sendAt, 409));

        Assert.Equal((lag, waiting, sending), (attempt!.Lag.TotalMilliseconds, attempt.Waiting.TotalMilliseconds, attempt.Sending.TotalMilliseconds));
    }
}

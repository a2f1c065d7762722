using KvStore.Dashboard.Components.Traces;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>The sentence that explains a write.</summary>
public sealed class WriteSentenceTests
{
    private static readonly string[] Five = ["follower1", "follower2", "follower3", "follower4", "follower5"];

    [Fact]
    public void It_says_what_the_answer_waited_for_and_who_confirmed_after()
    {
        Assert.Equal(
            "Answered after 412 ms: 3 ms commit, 402 ms simulated lag of follower2, 5 ms sending; follower4 confirmed 197 ms later and follower5 207 ms later.",
            Sentence(WriteSpans.Usual()));
    }

    [Fact]
    public void It_names_what_took_long_beside_commit_and_lag()
    {
        var spans = new WriteSpans();
        spans.AddCommit(50, 60);
        spans.AddSend("follower1", 60, 100, 260, 270);
        spans.AddServer(300, quorumAt: 270, "follower1", quorum: 1);

        Assert.Equal(
            "Answered after 300 ms: 50 ms waiting for the commit, 10 ms commit, 100 ms simulated lag of follower1, 100 ms waiting to be sent, 10 ms sending, 30 ms the rest.",
            Sentence(spans, []));
    }

    [Fact]
    public void Without_lag_it_says_to_whom_it_was_sent()
    {
        var spans = new WriteSpans();
        spans.AddCommit(0, 3);
        spans.AddSend("follower1", 3, 0, 3, 7);
        spans.AddServer(7, quorumAt: 7, "follower1", quorum: 1);

        Assert.Equal("Answered after 7 ms: 3 ms commit, 4 ms sending to follower1.", Sentence(spans, []));
    }

    [Fact]
    public void A_commit_that_runs_beside_the_sending_was_not_waited_for()
    {
        var spans = new WriteSpans();
        spans.AddCommit(2, 5);
        spans.AddSend("follower1", 2, 0, 2, 9);
        spans.AddServer(9, quorumAt: 9, "follower1", quorum: 1);

        Assert.Equal("Answered after 9 ms: 2 ms waiting for the commit, 7 ms sending to follower1.", Sentence(spans, []));
    }

    [Fact]
    public void A_commit_that_outlasts_the_sending_was()
    {
        var spans = new WriteSpans();
        spans.AddCommit(0, 12);
        spans.AddSend("follower1", 0, 0, 0, 4);
        spans.AddServer(12, quorumAt: 4, "follower1", quorum: 1);

        Assert.Equal("Answered after 12 ms: 4 ms sending to follower1, 8 ms more for the leader's own commit.", Sentence(spans, []));
    }

    [Fact]
    public void It_tells_of_failures_and_of_who_is_missing()
    {
        var spans = new WriteSpans();
        spans.AddCommit(0, 3);
        spans.AddSend("follower1", 3, 10, 13, 20);
        spans.AddSend("follower2", 3, 10, 13, 20, error: "Connection refused");
        spans.AddSend("follower2", 90, 0, 90, 120, attempt: 2);
        spans.AddSend("follower3", 3, 10, 13, 20, error: "Connection refused");
        spans.AddServer(20, quorumAt: 20, "follower1", quorum: 1);

        Assert.Equal(
            "Answered after 20 ms: 3 ms commit, 10 ms simulated lag of follower1, 7 ms sending; follower2 confirmed 100 ms later; "
            + "sending to follower2 failed once before it confirmed; sending to follower3 failed once, and it has not confirmed yet; "
            + "nothing is known yet of follower4 and follower5.",
            Sentence(spans));
    }

    [Fact]
    public void An_unknown_outcome_says_why()
    {
        var spans = new WriteSpans();
        spans.AddServer(5000, quorumAt: null, null, "unknown", error: "1 of 3 confirmations: time is up.");
        spans.AddSend("follower1", 3, 10, 13, 20);

        Assert.Equal("Answered “unknown” after 5 s: 1 of 3 confirmations: time is up.", Sentence(spans, []));
    }

    [Fact]
    public void Three_that_come_later_share_a_clause()
    {
        var spans = new WriteSpans();
        spans.AddServer(10, quorumAt: 10, null, quorum: 1);
        spans.AddSend("follower1", 3, 0, 3, 40);
        spans.AddSend("follower2", 3, 0, 3, 30);
        spans.AddSend("follower3", 3, 0, 3, 60);

        Assert.Equal("Answered after 10 ms; follower2, follower1 and follower3 confirmed 20 ms to 50 ms later.", Sentence(spans, []));
    }

    [Fact]
    public void Before_the_answer_it_says_so()
    {
        var spans = new WriteSpans();
        spans.AddSend("follower1", 3, 10, 13, 20);

        Assert.Equal("Not answered yet, or the span of the answer has not come.", Sentence(spans, []));
    }

    private static string Sentence(WriteSpans spans, string[]? followers = null) =>
        WriteSentence.Of(Assert.Single(WriteTrace.AllOf(spans.ToTrace())), followers ?? Five);
}

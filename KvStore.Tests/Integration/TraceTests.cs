using System.Diagnostics;
using KvStore.Tests.Telemetry;
using Xunit.Abstractions;

namespace KvStore.Tests.Integration;

/// <summary>The trace of a write shows its whole way, across processes.</summary>
[Collection(IntegrationTests.Observed)]
public sealed class TraceTests(ObservedCluster cluster, ITestOutputHelper output) : ClusterTest(cluster, output)
{
    private const int MinLagMs = 20;
    private const int MaxLagMs = 120;
    private const int LinksMax = 16;

    [Fact]
    public async Task The_trace_of_a_write_is_one_tree_of_request_commit_and_each_followers_lag_send_and_apply()
    {
        await Cluster.SetLagAsync(MinLagMs, MaxLagMs);
        var write = await WriteAsync("traced");

        var spans = await WaitForWholeTraceAsync(write);

        Assert.Equal(12, spans.Count);
        Assert.Equal(Cluster.Nodes.Order(), spans.Select(span => span.ServiceName).Distinct().Order());
        var server = AssertTree(spans, write);
        Assert.All(spans, span => Assert.Empty(span.Links));
        foreach (var follower in Cluster.Followers)
        {
            var replicate = Assert.Single(spans, span => span.Name == $"replicate {follower}");
            Assert.Equal("fresh", replicate.Attributes["kvstore.batch.kind"]);
            Assert.InRange(Assert.IsType<double>(replicate.Attributes["kvstore.lag_ms"]), MinLagMs, MaxLagMs);
        }

        // The quorum is at the third confirmation: two followers had confirmed before, and its own send ended then.
        var quorum = Assert.Single(server.Events, e => e.Name == "quorum");
        Assert.Equal((server.Attributes["kvstore.waited_for"], 3L), (quorum.Attributes["kvstore.follower"], quorum.Attributes["kvstore.confirmations"]));
        Assert.InRange(quorum.Time, server.Start, server.End);
        var applied = spans.Where(span => span.Name == "apply").OrderBy(span => span.End).ToList();
        Assert.True(applied[2].End <= quorum.Time, "The quorum was reached before the third follower had applied the entry.");
        Assert.Contains(applied, span => span.ServiceName == (string)quorum.Attributes["kvstore.follower"]! && span.End <= quorum.Time);
    }

    [Fact]
    public async Task Fifty_writes_at_once_make_fifty_whole_traces_and_those_of_one_batch_are_linked()
    {
        // What is committed while the first entries are held up leaves in one message.
        Cluster.GateTo("follower1").Close();
        var writes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => WriteAsync($"batched {i}")));
        Cluster.GateTo("follower1").Open();

        var traces = new List<IReadOnlyList<ReceivedSpan>>();
        foreach (var write in writes)
        {
            var trace = await WaitForWholeTraceAsync(write);
            AssertTree(trace, write);
            traces.Add(trace);
        }

        var spans = traces.SelectMany(trace => trace).ToList();
        Assert.Contains(spans, span => span.Name == "replicate follower1" && (long)span.Attributes["kvstore.batch.entries"]! > 1);
        var byId = spans.ToDictionary(span => span.SpanId);
        foreach (var span in spans.Where(span => span.Name == "commit" || span.Name.StartsWith("replicate", StringComparison.Ordinal)))
        {
            // Each write is sampled, so each other entry of the batch has a span.
            Assert.Equal(Math.Min((long)span.Attributes["kvstore.batch.entries"]! - 1, LinksMax), span.Links.Count);
        }

        Assert.All(spans.SelectMany(span => span.Links.Select(link => (Span: span, Other: byId[link.SpanId], link.TraceId))), linked =>
        {
            Assert.Equal((linked.Span.Name, linked.Span.ServiceName, linked.TraceId), (linked.Other.Name, linked.Other.ServiceName, linked.Other.TraceId));
            Assert.NotEqual(linked.Span.TraceId, linked.Other.TraceId);
        });
        Assert.Contains(spans, span => span.Name == "apply" && span.Links.Count > 0);
    }

    [Fact]
    public async Task The_span_of_a_follower_that_was_away_comes_when_it_catches_up()
    {
        await Cluster.StopAsync("follower5");
        await Cluster.WriteAsync("notices", "that it is away");
        await Eventually.HoldsAsync("follower5 is known to be away", async () => (await Cluster.LaneAsync("follower5")).State == "unreachable");
        var write = await WriteAsync("missed");
        var before = await WaitForTraceAsync(write, trace => Confirmed(trace) == 4 && trace.Any(span => span.Name == "commit") && HasServer(trace, write));
        Assert.DoesNotContain(before, span => span.Name == "replicate follower5");

        await Cluster.StartAsync("follower5");

        var spans = await WaitForWholeTraceAsync(write);
        var server = AssertTree(spans, write);
        var late = Assert.Single(spans, span => span.Name == "replicate follower5");
        Assert.Equal(("catch_up", 1L), (late.Attributes["kvstore.batch.kind"], late.Attributes["kvstore.attempt"]));
        Assert.True(late.Start > server.End, "A follower that was stopped was sent the write before the answer.");
    }

    [Fact]
    public async Task A_send_that_failed_and_the_one_after_it_are_two_spans_under_the_request()
    {
        Cluster.GateTo("follower2").Close();
        var write = await WriteAsync("tried again");
        await WaitForTraceAsync(write, trace => trace.Any(span => span.Name == "replicate follower2" && span.Status == ActivityStatusCode.Error));
        Cluster.GateTo("follower2").Open();

        var spans = await WaitForWholeTraceAsync(write);

        AssertTree(spans, write);
        var attempts = spans.Where(span => span.Name == "replicate follower2").OrderBy(span => span.Attributes["kvstore.attempt"]).ToList();
        Assert.Equal(Enumerable.Range(1, attempts.Count), attempts.Select(span => (int)(long)span.Attributes["kvstore.attempt"]!));
        Assert.Equal(("fresh", "failed"), (attempts[0].Attributes["kvstore.batch.kind"], attempts[0].Attributes["kvstore.result"]));
        Assert.All(attempts[..^1], span =>
        {
            Assert.Equal(ActivityStatusCode.Error, span.Status);
            Assert.NotEmpty(span.StatusMessage);
        });
        Assert.Equal(("retry", "confirmed"), (attempts[^1].Attributes["kvstore.batch.kind"], attempts[^1].Attributes["kvstore.result"]));
    }

    private async Task<TracedWrite> WriteAsync(string key)
    {
        var (traceId, clientSpan) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());
        var answer = await Cluster.WriteAsync(key, "value", traceParent: $"00-{traceId}-{clientSpan}-01");
        Assert.True(answer.IsAcknowledged, answer.Detail);
        return new TracedWrite(traceId, clientSpan, answer.Version!.Value);
    }

    // Whatever failed before: every follower has confirmed, in the leader's eyes and in its own.
    private Task<IReadOnlyList<ReceivedSpan>> WaitForWholeTraceAsync(TracedWrite write) => WaitForTraceAsync(
        write,
        trace => HasServer(trace, write) && trace.Any(span => span.Name == "commit") && Confirmed(trace) == 5
            && Cluster.Followers.All(follower => trace.Any(span => span.Name == "apply" && span.ServiceName == follower && IsUnderConfirmed(trace, span))));

    private Task<IReadOnlyList<ReceivedSpan>> WaitForTraceAsync(TracedWrite write, Func<IReadOnlyList<ReceivedSpan>, bool> predicate) =>
        cluster.Receiver.WaitForTraceAsync(trace => trace[0].TraceId == write.TraceId && predicate(trace), Cluster.Deadline);

    private static bool HasServer(IReadOnlyList<ReceivedSpan> trace, TracedWrite write) => trace.Any(span => span.ParentSpanId == write.ClientSpan);

    private static int Confirmed(IReadOnlyList<ReceivedSpan> trace) => trace.Count(IsConfirmed);

    private static bool IsConfirmed(ReceivedSpan span) => span.Name.StartsWith("replicate", StringComparison.Ordinal) && Equals(span.Attributes["kvstore.result"], "confirmed");

    private static bool IsUnderConfirmed(IReadOnlyList<ReceivedSpan> trace, ReceivedSpan apply) => trace.Any(span => span.SpanId == apply.ParentSpanId && IsConfirmed(span));

    // One request, one commit, one confirmed send for each follower with the follower's own span under it, and no span without its parent.
    private static ReceivedSpan AssertTree(IReadOnlyList<ReceivedSpan> spans, TracedWrite write)
    {
        var server = Assert.Single(spans, span => span.ParentSpanId == write.ClientSpan);
        Assert.Equal((ActivityKind.Server, "leader", ActivityStatusCode.Unset), (server.Kind, server.ServiceName, server.Status));
        Assert.Contains("/keys", server.Name, StringComparison.Ordinal);
        Assert.Equal((write.Version, 3L, "success"), (server.Attributes["kvstore.lsn"], server.Attributes["kvstore.write_quorum"], server.Attributes["kvstore.outcome"]));
        Assert.InRange((long)server.Attributes["kvstore.replicated_to"]!, 3, 5);
        Assert.Contains((string)server.Attributes["kvstore.waited_for"]!, Cluster.Followers);

        var commit = Assert.Single(spans, span => span.Name == "commit");
        Assert.Equal((server.SpanId, "leader", write.Version), (commit.ParentSpanId, commit.ServiceName, commit.Attributes["kvstore.lsn"]));
        Assert.True((long)commit.Attributes["kvstore.batch.bytes"]! > 0 && (long)commit.Attributes["kvstore.batch.entries"]! > 0);

        var ids = spans.Select(span => span.SpanId).ToHashSet();
        Assert.All(spans, span => Assert.True(span == server || ids.Contains(span.ParentSpanId!), $"{span.ServiceName} {span.Name} has no parent."));
        foreach (var follower in Cluster.Followers)
        {
            AssertReplicated(spans, server, follower, write.Version);
        }

        return server;
    }

    private static void AssertReplicated(IReadOnlyList<ReceivedSpan> spans, ReceivedSpan server, string follower, long lsn)
    {
        Assert.All(spans.Where(span => span.Name == $"replicate {follower}"), attempt =>
        {
            Assert.Equal((server.SpanId, "leader", ActivityKind.Client), (attempt.ParentSpanId, attempt.ServiceName, attempt.Kind));
            Assert.Equal((lsn, follower), (attempt.Attributes["kvstore.lsn"], attempt.Attributes["kvstore.follower"]));
            Assert.InRange(Assert.Single(attempt.Events, e => e.Name == "send").Time, attempt.Start, attempt.End);
        });
        var replicate = Assert.Single(spans, span => span.Name == $"replicate {follower}" && IsConfirmed(span));
        Assert.Equal(ActivityStatusCode.Unset, replicate.Status);

        var apply = Assert.Single(spans, span => span.Name == "apply" && span.ParentSpanId == replicate.SpanId);
        Assert.Equal((follower, ActivityKind.Server, lsn), (apply.ServiceName, apply.Kind, apply.Attributes["kvstore.lsn"]));
        var isFirst = spans.Count(span => span.Name == "apply" && span.ServiceName == follower) == 1;
        Assert.True(!isFirst || Equals(apply.Attributes["kvstore.duplicate"], false), "The only apply span is of an entry that was held already.");
    }

    private sealed record TracedWrite(string TraceId, string ClientSpan, long Version);
}

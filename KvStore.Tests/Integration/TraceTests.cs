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

    [Fact]
    public async Task The_trace_of_a_write_is_one_tree_of_request_commit_and_each_followers_lag_send_and_apply()
    {
        await Cluster.SetLagAsync(MinLagMs, MaxLagMs);
        var (traceId, clientSpan) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());

        var write = await Cluster.WriteAsync("traced", "value", traceParent: $"00-{traceId}-{clientSpan}-01");
        Assert.True(write.IsAcknowledged, write.Detail);
        var spans = await cluster.Receiver.WaitForTraceAsync(
            trace => trace[0].TraceId == traceId && trace.Count(span => span.Name == "apply") == 5
                && trace.Count(span => span.ServiceName == "leader") == 7, Cluster.Deadline);

        Assert.Equal(12, spans.Count);
        var server = Assert.Single(spans, span => span.ParentSpanId == clientSpan);
        Assert.Equal((ActivityKind.Server, "leader"), (server.Kind, server.ServiceName));
        Assert.Contains("/keys", server.Name, StringComparison.Ordinal);
        var commit = Assert.Single(spans, span => span.Name == "commit");
        Assert.Equal((server.SpanId, "leader"), (commit.ParentSpanId, commit.ServiceName));
        Assert.Equal(write.Version, commit.Attributes["kvstore.lsn"]);
        foreach (var follower in Cluster.Followers)
        {
            AssertReplicated(spans, server, follower, write.Version!.Value);
        }

        var quorum = Assert.Single(server.Events, e => e.Name == "quorum reached");
        var sent = spans.SelectMany(span => span.Events).Where(e => e.Name == "send").Order(Comparer<ReceivedEvent>.Create((a, b) => a.Time.CompareTo(b.Time))).ToList();
        Assert.True(quorum.Time >= sent[2].Time, "The quorum was reached before the third follower was sent the entry.");
    }

    private static void AssertReplicated(IReadOnlyList<ReceivedSpan> spans, ReceivedSpan server, string follower, long lsn)
    {
        var replicate = Assert.Single(spans, span => span.Name == $"replicate {follower}");
        Assert.Equal((server.SpanId, "leader", ActivityKind.Client), (replicate.ParentSpanId, replicate.ServiceName, replicate.Kind));
        Assert.Equal((lsn, follower, "confirmed"), (replicate.Attributes["kvstore.lsn"], replicate.Attributes["kvstore.follower"], replicate.Attributes["kvstore.result"]));
        Assert.Equal(ActivityStatusCode.Unset, replicate.Status);
        var lagMs = Assert.IsType<double>(replicate.Attributes["kvstore.lag_ms"]);
        Assert.InRange(lagMs, MinLagMs, MaxLagMs);
        var send = Assert.Single(replicate.Events, e => e.Name == "send");
        Assert.InRange(send.Time, replicate.Start, replicate.End);

        var apply = Assert.Single(spans, span => span.Name == "apply" && span.ServiceName == follower);
        Assert.Equal((replicate.SpanId, ActivityKind.Server), (apply.ParentSpanId, apply.Kind));
        Assert.Equal((lsn, "written"), (apply.Attributes["kvstore.lsn"], apply.Attributes["kvstore.result"]));
    }
}

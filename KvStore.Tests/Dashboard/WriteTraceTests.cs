using System.Globalization;
using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Telemetry;
using KvStore.Tests.Integration;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace KvStore.Tests.Dashboard;

/// <summary>A write is one trace over six processes, sent by their real exporters, as the dashboard's own store has it.</summary>
[Collection(IntegrationTests.Shown)]
public sealed class WriteTraceTests(ShownCluster shown, ITestOutputHelper output) : ClusterTest(shown, output)
{
    [Fact]
    public async Task A_write_is_one_trace_over_six_processes_with_every_parent_in_it()
    {
        var write = await Cluster.WriteAsync("one", "value");
        Assert.True(write.IsAcknowledged, write.Detail);

        var trace = await shown.WaitForTraceOfAsync(write.Version!.Value, "the whole trace of a write", IsWhole);

        Assert.Equal(12, trace.Spans.Count);
        Assert.Equal(Cluster.Nodes.Order(), trace.Resources.Select(resource => resource.Resource.Name).Order());
        Assert.Equal(("leader", SpanKind.Server, SpanStatus.Unset), (trace.Root.Resource.Name, trace.Root.Kind, trace.Root.Status));
        AssertTree(trace, trace.Root, write.Version.Value);
        Assert.False(trace.HasError);
        Assert.Single(shown.TracesOf(write.Version.Value));
    }

    [Fact]
    public async Task Thirty_writes_at_once_are_thirty_whole_traces_and_those_of_one_batch_are_linked()
    {
        using var client = new TracedClient(Cluster, shown.Dashboard.OtlpGrpc);

        // What is committed while the first entries are held up leaves in one message.
        Cluster.GateTo("follower1").Close();
        var writes = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => client.WriteAsync($"many {i}")));
        Cluster.GateTo("follower1").Open();
        client.Send();

        var traces = new List<Trace>();
        foreach (var (traceId, lsn) in writes)
        {
            var trace = await shown.WaitForTraceAsync(traceId, "the whole trace of one of many writes", trace => IsWhole(trace) && trace.Root.Resource.Name == TracedClient.Name);
            Assert.Equal((1 + 12, 7), (trace.Spans.Count, trace.Resources.Count));
            AssertTree(trace, Assert.Single(trace.Spans, span => span.ParentKey == trace.Root.SpanKey), lsn);
            traces.Add(trace);
        }

        Assert.Equal(30, traces.Select(trace => trace.TraceId).Distinct().Count());
        var byId = traces.SelectMany(trace => trace.Spans).ToDictionary(span => (span.TraceId, span.SpanId));
        var batched = traces.SelectMany(trace => trace.Spans).Where(span => Number(span, "kvstore.batch.entries") > 1).ToList();
        Assert.Contains(batched, span => span.Name == "replicate follower1");
        foreach (var span in batched)
        {
            Assert.Equal(Math.Min(Number(span, "kvstore.batch.entries")!.Value - 1, 16), span.Links.Count);
            Assert.All(span.Links, link =>
            {
                var other = byId[(link.TraceId, link.SpanId)];
                Assert.Equal((span.Name, span.Resource.Name), (other.Name, other.Resource.Name));
                Assert.NotEqual(span.TraceKey, other.TraceKey);
            });
        }
    }

    [Fact]
    public async Task What_a_paused_follower_missed_arrives_and_closes_when_it_goes_on()
    {
        await shown.Client.SetPausedAsync(shown.DashboardOptions.Leader!, "follower4", isPaused: true, default);
        var write = await Cluster.WriteAsync("missed", "value");
        var before = await shown.WaitForTraceOfAsync(write.Version!.Value, "the trace without a paused follower", trace => Confirmed(trace) == 4 && Applied(trace) == 4 && IsAnswered(trace));
        Assert.DoesNotContain(before.Spans, span => span.Name == "replicate follower4" || span.Resource.Name == "follower4");
        Assert.Empty(before.Orphans);

        await shown.Client.SetPausedAsync(shown.DashboardOptions.Leader!, "follower4", isPaused: false, default);

        var trace = await shown.WaitForTraceOfAsync(write.Version.Value, "the span of the follower that goes on", IsWhole);
        AssertTree(trace, trace.Root, write.Version.Value);
        var late = Assert.Single(trace.Spans, span => span.Name == "replicate follower4");
        Assert.Equal(("catch_up", "confirmed"), (late.Attribute("kvstore.batch.kind"), late.Attribute("kvstore.result")));
        Assert.True(late.Start > trace.Root.End, "A paused follower was sent the write before the answer.");
        Assert.True(trace.Duration > trace.RootDuration, "The trace ends with the answer, though a follower came later.");
    }

    [Fact]
    public async Task A_send_that_failed_and_the_next_one_are_both_in_the_trace()
    {
        Cluster.GateTo("follower2").Close();
        var write = await Cluster.WriteAsync("again", "value");
        var held = await shown.WaitForTraceOfAsync(
            write.Version!.Value, "a failed send", trace => trace.Spans.Any(span => span.Name == "replicate follower2" && span.Status == SpanStatus.Error));
        Assert.True(held.HasError);
        Cluster.GateTo("follower2").Open();

        var trace = await shown.WaitForTraceOfAsync(write.Version.Value, "the send that succeeded", IsWhole);

        AssertTree(trace, trace.Root, write.Version.Value);
        var attempts = trace.Spans.Where(span => span.Name == "replicate follower2").OrderBy(span => Number(span, "kvstore.attempt")).ToList();
        Assert.True(attempts.Count >= 2, "There is no second attempt.");
        Assert.All(attempts[..^1], span => Assert.Equal((SpanStatus.Error, "failed"), (span.Status, span.Attribute("kvstore.result"))));
        Assert.All(attempts[..^1], span => Assert.NotEmpty(span.StatusMessage));
        Assert.Equal((SpanStatus.Unset, "retry", "confirmed"), (attempts[^1].Status, attempts[^1].Attribute("kvstore.batch.kind"), attempts[^1].Attribute("kvstore.result")));
    }

    [Fact]
    public async Task A_write_from_the_dashboard_itself_is_one_trace_that_begins_with_it()
    {
        var trial = new WriteTrial(
            shown.DashboardOptions, shown.Client, shown.Traces, shown.Dashboard.Services.GetRequiredService<TelemetryResources>(), TimeProvider.System);
        var views = new List<TrialView>();
        await trial.RunAsync("tried/out", "value", views.Add, default);

        var last = views[^1];
        Assert.True(last.IsOver);
        Assert.All(last.Nodes, node => Assert.Equal((Sight.Current, last.Answer!.Version), (node.Sight, node.Value?.Version)));
        var trace = await shown.WaitForTraceAsync(last.TraceId!, "the whole trace of the dashboard's write", IsWhole);
        Assert.Equal((1 + 12, 7), (trace.Spans.Count, trace.Resources.Count));
        Assert.Equal(("dashboard", SpanKind.Client, SpanStatus.Unset), (trace.Root.Resource.Name, trace.Root.Kind, trace.Root.Status));
        AssertTree(trace, Assert.Single(trace.Spans, span => span.ParentKey == trace.Root.SpanKey), last.Answer!.Version!.Value);
    }

    [Fact]
    public async Task What_the_dashboard_asks_the_nodes_makes_no_trace()
    {
        // The AppHost's own dashboard asks all the while; here a reading and a check of everything beside it.
        var digests = new List<IReadOnlyList<NodeComparison>>();
        await new ConvergenceCheck(shown.DashboardOptions, shown.Client, TimeProvider.System).RunAsync(digests.Add, default);
        Assert.All(digests[^1], node => Assert.Equal(Comparison.Identical, node.Comparison));
        await Task.WhenAll(Cluster.Nodes.Select(node => new NodeWatch(node, Cluster.AddressOf(node), node == Cluster.Leader, shown.Client).AskAsync(default)));
        await shown.Client.ReadKeyAsync(shown.DashboardOptions.Leader!, "unknown", default);

        // The exporters send in order, so what comes before a later write's trace has come.
        var write = await Cluster.WriteAsync("after", "value");
        await shown.WaitForTraceOfAsync(write.Version!.Value, "the whole trace of a write", IsWhole);
        Assert.DoesNotContain(shown.Traces.Query(new() { Take = 10_000 }).Items, line => line.Name.Contains("GET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logs_and_metrics_of_every_node_arrive_and_an_exemplar_leads_to_the_write()
    {
        var write = await Cluster.WriteAsync("measured", "value");
        var trace = await shown.WaitForTraceOfAsync(write.Version!.Value, "the whole trace of a write", IsWhole);

        var logs = shown.Dashboard.Services.GetRequiredService<LogStore>();
        await Eventually.HoldsAsync("a log record of every node", () => Task.FromResult(
            Cluster.Nodes.All(node => logs.Query(new() { Resource = node, Text = "Listening on" }).Matched > 0)));

        var metrics = shown.Dashboard.Services.GetRequiredService<MetricStore>();
        await Eventually.HoldsAsync("commits measured on every node", () => Task.FromResult(
            Cluster.Nodes.All(node => metrics.Instruments().Any(i => i.Resource.Name == node && i is { Name: "kvstore.commit.fsync.duration", Unit: "s", Kind: InstrumentKind.Histogram }))));
        var durations = metrics.Instruments().Where(i => i is { Resource.Name: Cluster.Leader, Name: "kvstore.write.duration" }).ToList();
        await Eventually.HoldsAsync("an exemplar of the write", () => Task.FromResult(durations.Any(instrument => metrics
            .Percentiles(new() { Resource = instrument.Resource, Meter = instrument.Meter, Name = instrument.Name }, [0.5])!
            .Exemplars.Any(exemplar => exemplar.TraceId == trace.TraceId && trace.Find(exemplar.SpanId) is not null))));
    }

    // Everything has come that will: the answer, the commit, and of every follower a confirmed send with its own span.
    private static bool IsWhole(Trace trace) =>
        trace.Summary.HasRoot && IsAnswered(trace) && trace.Spans.Any(span => span.Name == "commit") && Confirmed(trace) == 5
        && Cluster.Followers.All(follower => trace.Spans.Any(span => span.Name == "apply" && span.Resource.Name == follower && IsUnderConfirmed(trace, span)));

    private static bool IsAnswered(Trace trace) => trace.Spans.Any(span => span.Attribute("kvstore.outcome") is not null);

    private static int Confirmed(Trace trace) => trace.Spans.Count(IsConfirmed);

    private static int Applied(Trace trace) => trace.Spans.Count(span => span.Name == "apply");

    private static bool IsConfirmed(SpanRecord span) => span.Name.StartsWith("replicate ", StringComparison.Ordinal) && span.Attribute("kvstore.result") == "confirmed";

    private static bool IsUnderConfirmed(Trace trace, SpanRecord apply) => trace.Spans.Any(span => span.SpanKey == apply.ParentKey && IsConfirmed(span));

    private static long? Number(SpanRecord span, string attribute) =>
        span.Attribute(attribute) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    // One request with its quorum, one commit, and of every follower one confirmed send with the follower's own span under it.
    private static void AssertTree(Trace trace, SpanRecord server, long lsn)
    {
        Assert.Empty(trace.Orphans);
        Assert.Equal(("leader", SpanKind.Server), (server.Resource.Name, server.Kind));
        Assert.Equal(($"{lsn}", "3", "success"), (server.Attribute("kvstore.lsn"), server.Attribute("kvstore.write_quorum"), server.Attribute("kvstore.outcome")));
        var quorum = Assert.Single(server.Events, happened => happened.Name == "quorum");
        Assert.Equal((server.Attribute("kvstore.waited_for"), "3"), (quorum.Attributes.Value("kvstore.follower"), quorum.Attributes.Value("kvstore.confirmations")));
        Assert.InRange(quorum.At, server.Start, server.End);

        var commit = Assert.Single(trace.Spans, span => span.Name == "commit");
        Assert.Equal((server.SpanKey, "leader"), (commit.ParentKey, commit.Resource.Name));
        Assert.Contains(quorum.Attributes.Value("kvstore.follower"), Cluster.Followers);
        foreach (var follower in Cluster.Followers)
        {
            Assert.All(trace.Spans.Where(span => span.Name == $"replicate {follower}"), span => Assert.Equal((server.SpanKey, "leader"), (span.ParentKey, span.Resource.Name)));
            var replicate = Assert.Single(trace.Spans, span => span.Name == $"replicate {follower}" && IsConfirmed(span));
            var apply = Assert.Single(trace.Spans, span => span.Name == "apply" && span.ParentKey == replicate.SpanKey);
            Assert.Equal((follower, $"{lsn}"), (apply.Resource.Name, apply.Attribute("kvstore.lsn")));
        }
    }
}

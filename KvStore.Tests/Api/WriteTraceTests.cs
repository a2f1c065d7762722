using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using KvStore.Tests.Integration;
using KvStore.Tests.Telemetry;

namespace KvStore.Tests.Api;

/// <summary>What reads traces and metrics of the whole process runs alone: other tests' nodes would be sampled too, and take its exemplars' place.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryOfTheProcess
{
    public const string Name = "telemetry of the process";
}

/// <summary>
/// What a write's trace says when it does not go well, and what hangs on a trace beside spans. All nodes are in this process,
/// so the leader's exporter gives the followers' spans as well.
/// </summary>
[Collection(TelemetryOfTheProcess.Name)]
public sealed class WriteTraceTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _traceId = ActivityTraceId.CreateRandom().ToHexString();
    private OtlpReceiver? _receiver;

    private OtlpReceiver Receiver => _receiver ?? throw new InvalidOperationException("The receiver has not been started.");

    public async Task InitializeAsync() => _receiver = await OtlpReceiver.StartAsync();

    public async Task DisposeAsync() => await Receiver.DisposeAsync();

    [Fact]
    public async Task A_write_without_its_quorum_is_an_error_that_says_how_many_confirmed()
    {
        await using var cluster = await StartAsync(new() { ["WRITE_QUORUM"] = "3", ["WRITE_TIMEOUT_MS"] = "300" });
        (await cluster.Client.AdministerAsync("/admin/replication/follower3/pause")).Is(HttpStatusCode.OK);
        var answer = (await cluster.Client.PutTracedAsync("k", "v", _traceId)).IsProblem(HttpStatusCode.ServiceUnavailable);

        var server = await WaitForServerSpanAsync();

        Assert.Equal((ActivityStatusCode.Error, "2 of 3 confirmations: the write timeout passed"), (server.Status, server.StatusMessage));
        Assert.Equal(("unknown", 2L, 3L), (server.Attributes["kvstore.outcome"], server.Attributes["kvstore.replicated_to"], server.Attributes["kvstore.write_quorum"]));
        Assert.Equal(answer.Number("version"), server.Attributes["kvstore.lsn"]);
        Assert.DoesNotContain(server.Events, e => e.Name == "quorum");
        Assert.DoesNotContain("kvstore.waited_for", server.Attributes);

        // It goes on all the same, and the trace shows it.
        (await cluster.Client.AdministerAsync("/admin/replication/follower3/resume")).Is(HttpStatusCode.OK);
        await WaitForSpanAsync(span => span.Name == "replicate follower3" && Equals(span.Attributes["kvstore.result"], "confirmed"));
    }

    [Fact]
    public async Task A_rejected_write_is_an_error_with_its_reason_and_has_no_commit()
    {
        await using var cluster = await StartAsync([]);
        cluster.Leader.BeginShutdown();
        (await cluster.Client.PutTracedAsync("k", "v", _traceId)).IsProblem(HttpStatusCode.ServiceUnavailable);
        await cluster.StopLeaderAsync();

        var server = await WaitForServerSpanAsync();

        Assert.Equal((ActivityStatusCode.Error, "rejected"), (server.Status, server.Attributes["kvstore.outcome"]));
        Assert.Equal("The leader is shutting down.", server.StatusMessage);
        Assert.Same(server, Assert.Single(Trace()));
    }

    [Fact]
    public async Task A_write_whose_client_went_away_says_so_and_goes_on()
    {
        await using var cluster = await StartAsync(new() { ["WRITE_QUORUM"] = "3" });
        (await cluster.Client.AdministerAsync("/admin/replication/follower3/pause")).Is(HttpStatusCode.OK);
        using (var gone = new CancellationTokenSource())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/keys") { Content = JsonContent.Create(new { key = "k", value = "v" }) };
            request.Headers.Add("traceparent", $"00-{_traceId}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
            var sent = cluster.Client.SendAsync(request, gone.Token);
            await Eventually.HoldsAsync("the write is logged", async () => (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn") == 1);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        }

        var server = await WaitForServerSpanAsync();

        Assert.Equal((ActivityStatusCode.Error, "abandoned", 1L), (server.Status, server.Attributes["kvstore.outcome"], server.Attributes["kvstore.lsn"]));
        (await cluster.Client.AdministerAsync("/admin/replication/follower3/resume")).Is(HttpStatusCode.OK);
        await WaitForSpanAsync(span => span.Name == "replicate follower3" && Equals(span.Attributes["kvstore.result"], "confirmed"));
    }

#if FAULT_POINTS
    [Fact]
    public async Task An_entry_that_comes_twice_is_applied_once_and_the_second_span_says_that_it_was_held()
    {
        await using var cluster = await StartAsync(new() { ["KVSTORE_FAULTS"] = "replicate.duplicate=1" });

        (await cluster.Client.PutTracedAsync("k", "v", _traceId)).Is(HttpStatusCode.OK);

        await Receiver.WaitForAsync(() => Trace().Count(span => span.Name == "apply") == 6, Deadline);
        foreach (var applied in Trace().Where(span => span.Name == "apply").GroupBy(span => span.ParentSpanId))
        {
            Assert.Equal([false, true], applied.Select(span => span.Attributes["kvstore.duplicate"]).Order());
        }
    }
#endif

    [Fact]
    public async Task What_is_under_way_when_the_leader_stops_ends_as_an_error_and_is_exported()
    {
        await using var cluster = await StartAsync(new() { ["OTEL_BSP_SCHEDULE_DELAY"] = "600000" }, secret: "a secret for the gate");
        await using var gate = await ReplicationGate.StartAsync(() => cluster.Followers[2].Address);
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["FOLLOWERS"] = $"{cluster.Followers[0].Url},{cluster.Followers[1].Url},{gate.Address}" });
        await cluster.AllFollowersReplicateAsync();
        gate.Close();
        (await cluster.Client.PutTracedAsync("k", "v", _traceId)).Is(HttpStatusCode.OK);
        await Eventually.HoldsAsync("the send is under way", async () =>
            (await cluster.Client.FetchAsync("/replication")).Json.GetProperty("followers")[2].Number("in_flight") == 1);
        Assert.Empty(Trace());

        await cluster.StopLeaderAsync();

        var unfinished = Assert.Single(Trace(), span => span.Name == "replicate follower3");
        Assert.Equal((ActivityStatusCode.Error, "the leader stops"), (unfinished.Status, unfinished.StatusMessage));
        var server = Assert.Single(Trace(), span => span.Kind == ActivityKind.Server && span.Name.Contains("/keys", StringComparison.Ordinal));
        Assert.Equal(server.SpanId, unfinished.ParentSpanId);
    }

    [Fact]
    public async Task The_duration_of_a_sampled_write_leads_to_its_trace_and_counts_on_from_export_to_export()
    {
        await using var cluster = await StartAsync([]);

        (await cluster.Client.PutTracedAsync("k", "v", _traceId)).Is(HttpStatusCode.OK);

        var server = await WaitForServerSpanAsync();
        await Receiver.WaitForAsync(
            () => Receiver.Metrics.Any(metric => metric is { Name: "kvstore.write.duration", IsCumulativeHistogram: true }
                && metric.Exemplars.Contains(new ReceivedLink(_traceId, server.SpanId))), Deadline);
    }

    [Fact]
    public async Task What_is_logged_while_a_write_is_handled_carries_its_trace_and_a_write_by_itself_logs_nothing()
    {
        const string Hosting = "Microsoft.AspNetCore.Hosting.Diagnostics";
        await using var cluster = await StartAsync(new()
        {
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
            [$"Logging:LogLevel:{Hosting}"] = "Information",
            ["Logging:Console:LogLevel:Default"] = "None",
        });

        (await cluster.Client.PutTracedAsync("k", "v", _traceId)).Is(HttpStatusCode.OK);

        await Receiver.WaitForAsync(() => Receiver.Logs.Count(log => log.TraceId == _traceId && log.Category == Hosting) >= 2, Deadline);
        Assert.All(Receiver.Logs.Where(log => log.TraceId == _traceId), log => Assert.Equal(Hosting, log.Category));
        await Receiver.WaitForAsync(() => Receiver.Logs.Any(log => log.Body.StartsWith("follower1 follows", StringComparison.Ordinal)), Deadline);
    }

    private Task<TestCluster> StartAsync(Dictionary<string, string> settings, string secret = "") => TestCluster.StartAsync(new TestCluster
    {
        Secret = secret,
        LeaderSettings = new(settings) { ["KVSTORE_OTLP_ENDPOINT"] = Receiver.GrpcEndpoint },
    });

    private List<ReceivedSpan> Trace() => [.. Receiver.Spans.Where(span => span.TraceId == _traceId)];

    private Task<ReceivedSpan> WaitForServerSpanAsync() =>
        WaitForSpanAsync(span => span.Kind == ActivityKind.Server && span.Name.Contains("/keys", StringComparison.Ordinal));

    private async Task<ReceivedSpan> WaitForSpanAsync(Func<ReceivedSpan, bool> predicate)
    {
        await Receiver.WaitForAsync(() => Trace().Any(predicate), Deadline);
        return Trace().First(predicate);
    }
}

using System.Collections.Concurrent;
using KvStore.Dashboard.Cluster;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard.ClusterPage;

/// <summary>The trial tells which reads are stale, by the version of its own write.</summary>
public sealed class WriteTrialTests : IAsyncLifetime
{
    private const string Written = "new";

    private readonly ConcurrentQueue<TrialView> _views = [];
    private FakeCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await FakeCluster.StartAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task A_node_that_shows_the_older_value_after_the_answer_is_told_as_stale_until_it_shows_the_write()
    {
        ShowEverywhere("old", 5);
        AnswerWrite(version: 9, _cluster.Leader, _cluster.Follower2);

        var trial = RunAsync();
        await SeesAsync("a stale follower", view => view.Answer is not null && view.Nodes[1] is { Sight: Sight.Stale, StaleAtAnswer: true, Value.Version: 5 });
        _cluster.Follower1.Shows("k", Written, 9);
        await trial;

        var last = _views.Last();
        Assert.True(last.IsOver);
        Assert.All(last.Nodes, node => Assert.Equal((Sight.Current, 9L), (node.Sight, node.Value!.Version)));
        Assert.Equal([false, true, false], last.Nodes.Select(node => node.StaleAtAnswer));
        Assert.True(last.Nodes[1].CurrentAfter > last.AnswerAfter, "It was stale at the answer, and current before it.");
    }

    [Fact]
    public async Task What_another_has_written_meanwhile_is_stale_when_it_is_older_and_current_when_it_is_newer()
    {
        ShowEverywhere("old", 5);
        _cluster.Follower1.Shows("k", "another's", 7);
        AnswerWrite(version: 9, _cluster.Leader);
        _cluster.Follower2.Shows("k", "another's, later", 11);

        var trial = RunAsync();
        await SeesAsync("both judged", view => view.Answer is not null && view.Nodes[1].Sight == Sight.Stale && view.Nodes[2].Sight == Sight.Current);
        _cluster.Follower1.Shows("k", Written, 9);
        await trial;

        Assert.All(_views.Last().Nodes, node => Assert.Equal(Sight.Current, node.Sight));
    }

    [Fact]
    public async Task An_old_value_is_not_taken_for_the_write_when_nobody_knows_the_version_before()
    {
        _cluster.Leader.Answers("GET /keys/k", 503, new { detail = "Come back." });
        _cluster.Follower1.Shows("k", "old", 5);
        _cluster.Follower2.Shows("k", "old", 5);
        AnswerWrite(version: 9, _cluster.Leader, _cluster.Follower2);

        var trial = RunAsync();
        await SeesAsync("a stale follower", view => view.Answer is not null && view.Nodes[1].StaleAtAnswer);
        _cluster.Follower1.Shows("k", Written, 9);
        await trial;

        Assert.DoesNotContain(_views.SelectMany(view => view.Nodes), node => node is { Sight: Sight.Current, Value.Version: 5 });
    }

    [Fact]
    public async Task A_rejected_write_ends_the_trial_with_the_reason()
    {
        ShowEverywhere("old", 5);
        _cluster.Leader.Answers("POST /keys", 503, new { detail = "Shutting down.", outcome = "rejected" });

        await RunAsync();

        var last = _views.Last();
        Assert.Equal((true, "Shutting down.", null), (last.IsOver, last.Answer?.Detail, last.Answer?.Version));
        Assert.All(last.Nodes, node => Assert.Equal((Sight.Stale, false), (node.Sight, node.StaleAtAnswer)));
        var span = Assert.Single(_cluster.Traces.Find(last.TraceId!)!.Spans);
        Assert.Equal((SpanStatus.Error, "Shutting down."), (span.Status, span.StatusMessage));
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_silent_and_not_stale()
    {
        _cluster.Follower1.IsAway = true;
        AnswerWrite(version: 1, _cluster.Leader, _cluster.Follower2);
        using var left = new CancellationTokenSource();

        var trial = RunAsync(cancellationToken: left.Token);
        await SeesAsync("the others current", view => view is { Answer: not null, Nodes: [{ Sight: Sight.Current }, { Sight: Sight.Silent }, { Sight: Sight.Current }] });
        await left.CancelAsync();
        await trial;

        Assert.Equal((Sight.Silent, false), (_views.Last().Nodes[1].Sight, _views.Last().Nodes[1].StaleAtAnswer));
        Assert.NotEmpty(_views.Last().Nodes[1].Error!);
    }

    [Fact]
    public async Task A_value_that_was_there_before_is_not_the_write_of_a_leader_that_is_away()
    {
        ShowEverywhere(Written, 5);
        _cluster.Leader.IsAway = true;

        await RunAsync();

        Assert.NotNull(_views.Last().Error);
        Assert.Equal([Sight.Silent, Sight.Stale, Sight.Stale], _views.Last().Nodes.Select(node => node.Sight));
    }

    [Fact]
    public async Task The_writes_trace_has_its_first_span_also_when_the_page_is_left_before_the_answer()
    {
        _cluster.Leader.Hangs("POST /keys");
        using var left = new CancellationTokenSource();

        var trial = RunAsync(cancellationToken: left.Token);
        await Eventually.HoldsAsync("the write to be on its way", () => Task.FromResult(_cluster.Leader.Requests.Any(request => request.Call == "POST /keys")));
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial);

        var span = Assert.Single(_cluster.Traces.Find(_views.Last().TraceId!)!.Spans);
        Assert.Equal(SpanStatus.Error, span.Status);
        Assert.Equal($"00-{span.TraceId}-{span.SpanId}-01", _cluster.Leader.Requests.Single(request => request.Call == "POST /keys").TraceParent);
    }

    [Fact]
    public async Task Reading_alone_shows_what_there_is_and_judges_nothing()
    {
        _cluster.Leader.Shows("k", "b", 2);
        _cluster.Follower1.Shows("k", "a", 1);

        await RunAsync(value: null);

        var last = _views.Last();
        Assert.Equal((null, true), (last.TraceId, last.IsOver));
        Assert.Equal([Sight.Current, Sight.Current, Sight.Nothing], last.Nodes.Select(node => node.Sight));
        Assert.Equal(["b", "a", null], last.Nodes.Select(node => node.Value?.Value));
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData("a?b#c", "a%3Fb%23c")]
    [InlineData("ă", "%C4%83")]
    public async Task Every_key_is_asked_for_as_it_is(string key, string escaped)
    {
        _cluster.Leader.Answers($"GET /keys/{escaped}", () => new { key, value = "v", version = 1 });

        Assert.Equal(new(key, "v", 1), await _cluster.Client.ReadKeyAsync(_cluster.Leader.Address, key, default));
    }

    [Fact]
    public async Task An_answer_about_another_key_is_not_taken()
    {
        _cluster.Leader.Answers("GET /keys/k", () => new { role = "leader" });

        await Assert.ThrowsAsync<NodeException>(() => _cluster.Client.ReadKeyAsync(_cluster.Leader.Address, "k", default));
    }

    private void ShowEverywhere(string value, long version)
    {
        foreach (var node in _cluster.Nodes)
        {
            node.Shows("k", value, version);
        }
    }

    // The leader answers the write, and so many nodes show it from then on.
    private void AnswerWrite(long version, params FakeNode[] nodes) => _cluster.Leader.Answers("POST /keys", () =>
    {
        foreach (var node in nodes)
        {
            node.Shows("k", Written, version);
        }

        return new { version, replicated_to = 1, total_followers = 2, write_quorum = 1, latency_seconds = 0.01 };
    });

    private Task RunAsync(string? value = Written, CancellationToken cancellationToken = default) =>
        _cluster.Trial.RunAsync("k", value, _views.Enqueue, cancellationToken);

    private async Task SeesAsync(string what, Func<TrialView, bool> isSeen) => await Eventually.BecomesAsync(
        () => Task.FromResult(_views.ToArray()), views => views.Any(isSeen), views => string.Join('\n', views), what);
}

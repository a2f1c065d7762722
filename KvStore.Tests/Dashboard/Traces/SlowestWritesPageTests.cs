using Bunit;
using KvStore.Dashboard.Components.Traces;
using Page = KvStore.Dashboard.Components.Pages.SlowestWritesPage;

namespace KvStore.Tests.Dashboard.Traces;

/// <summary>The slowest writes as a page.</summary>
public sealed class SlowestWritesPageTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TracePages _pages = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => _pages.DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    [Fact]
    public void Without_the_leader_it_says_so()
    {
        Assert.Contains("The leader has not told of its writes yet", _pages.Open<Page>("traces/slowest").Find(".empty").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_whom_each_write_waited_for_and_links_to_traces_that_are_stored()
    {
        var stored = _pages.AddWrite(1).Spans[0].TraceId;
        _pages.Leader.Current = new LeaderWrites(100, 2, [Write(3, "follower4", stored), Write(2, "follower1", "ff"), Write(1, null, null)]);

        var page = _pages.Open<Page>("traces/slowest");

        var rows = page.FindAll("tbody tr");
        Assert.Equal(3, rows.Count);
        Assert.Contains("follower4", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Equal($"traces/{stored}", rows[0].QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("not stored", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("nobody: no quorum", rows[2].TextContent, StringComparison.Ordinal);
        Assert.Contains("not sampled", rows[2].TextContent, StringComparison.Ordinal);
        Assert.Equal("follower1: 400 ms lag, confirmed after 405 ms; follower2: 700 ms lag, not confirmed", rows[0].QuerySelector("[role=img]")!.GetAttribute("aria-label"));
        Assert.Contains("2 of 100 writes were sampled.", page.Markup, StringComparison.Ordinal);
    }

    private static SlowestWrite Write(long lsn, string? waitedFor, string? traceId) => new(
        lsn, $"key{lsn}", DateTimeOffset.UnixEpoch, 3, waitedFor is null ? "unknown" : "success", TimeSpan.FromMilliseconds(410), waitedFor, traceId,
        [
            new("follower1", TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(405)),
            new("follower2", TimeSpan.FromMilliseconds(700), null),
        ]);
}

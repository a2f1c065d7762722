using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

public sealed class LogStoreTests
{
    [Fact]
    public void The_oldest_records_go_first_and_are_counted()
    {
        var store = new LogStore(new StoreLimits { LogsMax = 3 });
        store.Add([.. Enumerable.Range(1, 5).Select(i => Make.Log($"{i}"))]);

        var page = store.Query(new());
        Assert.Equal(["3", "4", "5"], page.Items.Select(r => r.Message));
        Assert.Equal((3, 3, 2L, 5L, 5L), (page.Matched, page.Stored, page.Dropped, page.Received, page.LastId));
    }

    [Fact]
    public void Long_messages_push_out_old_records()
    {
        var store = new LogStore(new StoreLimits { LogBytesMax = 1 << 20 });
        store.Add([.. Enumerable.Range(1, 400).Select(i => Make.Log(new string('x', 4_000)))]);
        Assert.InRange(store.Counters.Stored, 100, 131);

        store.Add([Make.Log(new string('x', 100_000))]);
        Assert.Equal(1, store.Counters.Refused);
    }

    [Fact]
    public void A_live_tail_gets_what_has_come_since_and_the_newest_of_it()
    {
        var store = new LogStore(new StoreLimits());
        store.Add([Make.Log("a"), Make.Log("b")]);
        var last = store.Query(new()).LastId;
        Assert.Empty(store.Query(new() { AfterId = last }).Items);
        store.Add([Make.Log("c"), Make.Log("d"), Make.Log("e")]);

        var page = store.Query(new() { AfterId = last, Take = 2 });
        Assert.Equal(["d", "e"], page.Items.Select(r => r.Message));
        Assert.Equal(3, page.Matched);
    }

    [Fact]
    public void Records_are_filtered_by_resource_severity_text_and_span()
    {
        var store = new LogStore(new StoreLimits());
        store.Add(
        [
            Make.Log("one", LogSeverity.Debug) with { TraceId = Make.TraceId(1), SpanId = "000000000000000a" },
            Make.Log("two", LogSeverity.Warning, Make.Follower1) with { TraceId = Make.TraceId(1), Attributes = [new("Follower", "follower3")] },
            Make.Log("three", LogSeverity.Error) with { ExceptionText = "System.IO.IOException: disk full" },
        ]);

        Assert.Equal(["two"], Messages(store, new() { Resource = "follower1" }));
        Assert.Equal(["two", "three"], Messages(store, new() { MinSeverity = LogSeverity.Warning }));
        Assert.Equal(["three"], Messages(store, new() { Text = "DISK" }));
        Assert.Equal(["two"], Messages(store, new() { Text = "follower=follower3" }));
        Assert.Equal(["one", "two"], Messages(store, new() { TraceId = Make.TraceId(1) }));
        Assert.Equal(["one"], Messages(store, new() { SpanId = "000000000000000A" }));
    }

    private static IEnumerable<string> Messages(LogStore store, LogQuery query) => store.Query(query).Items.Select(r => r.Message);
}

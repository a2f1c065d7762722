using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

/// <summary>A record whose body is a template becomes the message, and no more than that.</summary>
public sealed class LogReceiverTests
{
    private static readonly StoreLimits Limits = new();

    [Theory]
    [InlineData("{Follower} lacks {Count}", "follower1 lacks 3")]
    [InlineData("{Follower} lacks {Other} of {", "follower1 lacks {Other} of {")]
    [InlineData("{Nested}", "{Follower}")]
    [InlineData("{{Follower}}", "{follower1}")]
    [InlineData("no place", "no place")]
    public void Each_place_gets_its_value_once(string body, string message) =>
        Assert.Equal(message, Read(body, WireMessages.Text("Follower", "follower1"), WireMessages.Text("Count", "3"), WireMessages.Text("Nested", "{Follower}")));

    [Fact]
    public void Many_places_with_long_values_make_no_longer_a_message_than_is_kept()
    {
        var body = string.Concat(Enumerable.Repeat("{a}", Limits.ValueLengthMax / 3));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var message = Read(body, WireMessages.Text("a", string.Concat(Enumerable.Repeat("{b}", 1_000))), WireMessages.Text("b", new string('x', 4_000)));

        Assert.Equal(Limits.ValueLengthMax, message.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static string Read(string body, params KeyValue[] attributes)
    {
        var (store, reader) = (new LogStore(Limits), new AttributeReader(Limits));
        var receiver = new LogReceiver(store, new ResourceReader(new TelemetryResources(Limits, TimeProvider.System), reader), reader, TimeProvider.System);
        receiver.Take(new()
        {
            ResourceLogs =
            {
                new ResourceLogs
                {
                    Resource = new() { Attributes = { WireMessages.Text("service.name", "leader") } },
                    ScopeLogs = { new ScopeLogs { LogRecords = { new KvStore.Dashboard.Otlp.Wire.LogRecord { Body = new() { StringValue = body }, Attributes = { attributes } } } } },
                },
            },
        });
        return Assert.Single(store.Query(new()).Items).Message;
    }
}

using System.Net;
using KvStore.Tests.Telemetry;

namespace KvStore.Tests.Api;

/// <summary>The leader logs how its followers are doing when that changes.</summary>
public sealed class FollowerStateLogTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_follower_that_is_paused_and_resumed_is_logged_as_stalled_and_as_healthy_and_the_others_are_not()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(new TestCluster { LeaderSettings = TestCluster.LoggingTo(receiver) });

        (await cluster.Client.AdministerAsync("/admin/replication/follower3/pause")).Is(HttpStatusCode.OK);
        await receiver.WaitForAsync(
            () => States(receiver).Any(log => log.Body == "follower3 is stalled: Its replication is paused: POST /admin/replication/follower3/resume ends that."), Deadline);
        (await cluster.Client.AdministerAsync("/admin/replication/follower3/resume")).Is(HttpStatusCode.OK);
        await receiver.WaitForAsync(() => States(receiver).Any(log => log.Body == "follower3 is healthy: It confirms what is sent as it comes."), Deadline);

        Assert.All(States(receiver), log => Assert.StartsWith("follower3", log.Body, StringComparison.Ordinal));
    }

    private static IEnumerable<ReceivedLog> States(OtlpReceiver receiver) =>
        receiver.Logs.Where(log => log.Category.EndsWith("FollowerWatch", StringComparison.Ordinal));
}

using KvStore.Dashboard.Telemetry;

namespace KvStore.Tests.Dashboard;

public sealed class NodeNumberTests
{
    [Theory]
    [InlineData("leader", 0)]
    [InlineData("leader-0", 0)]
    [InlineData("follower1", 1)]
    [InlineData("follower-0", 1)]
    [InlineData("follower-4", 5)]
    [InlineData("follower12", 12)]
    [InlineData("follower0", null)]
    [InlineData("follower-", null)]
    [InlineData("followers", null)]
    [InlineData("dashboard", null)]
    public void A_node_has_its_number_under_the_AppHost_and_as_a_pod(string name, int? number) => Assert.Equal(number, NodeNumber.Of(name));
}

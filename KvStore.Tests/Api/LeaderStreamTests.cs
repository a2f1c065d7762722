using System.Net;

namespace KvStore.Tests.Api;

/// <summary>A leader sends its entries on the streams that it opens, which its followers' count of requests shows: that of the whole process.</summary>
[Collection(TelemetryOfTheProcess.Name)]
public sealed class LeaderStreamTests
{
    [Fact]
    public async Task Entries_come_in_no_request()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster());
        for (var i = 0; i < 10; i++)
        {
            (await cluster.Client.PutAsync($"k{i}", "v")).Is(HttpStatusCode.OK);
        }

        await cluster.AllFollowersHoldEverythingAsync();

        var requests = (await cluster.Followers[0].Client.FetchAsync("/metrics")).Text;
        Assert.Contains("http_route=\"/replicate/greeting\"", requests, StringComparison.Ordinal);
        Assert.DoesNotContain("http_route=\"/replicate\"", requests, StringComparison.Ordinal);
    }
}

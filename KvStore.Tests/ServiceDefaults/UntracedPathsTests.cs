using KvStore.ServiceDefaults.Telemetry;

namespace KvStore.Tests.ServiceDefaults;

public sealed class UntracedPathsTests
{
    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/metrics")]
    [InlineData("/replicate")]
    [InlineData("/replicate/")]
    [InlineData("/replicate/greeting")]
    [InlineData("/Health")]
    [InlineData("/replication")]
    [InlineData("/replication/writes")]
    [InlineData("/login")]
    public void Probes_what_is_polled_logins_and_replication_are_not_traced(string path)
    {
        Assert.True(UntracedPaths.Contains(path));
        Assert.False(UntracedPaths.Allow(new HttpRequestMessage(HttpMethod.Post, $"http://follower1{path}?q=1")));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/keys")]
    [InlineData("/keys/health")]
    [InlineData("/healthy")]
    [InlineData("/replication/digest")]
    [InlineData("/replicated")]
    public void Everything_else_is_traced(string path)
    {
        Assert.False(UntracedPaths.Contains(path));
        Assert.True(UntracedPaths.Allow(new HttpRequestMessage(HttpMethod.Get, $"http://follower1{path}")));
    }
}

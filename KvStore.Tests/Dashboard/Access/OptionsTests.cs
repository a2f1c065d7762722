using KvStore.Dashboard.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace KvStore.Tests.Dashboard.Access;

/// <summary>The dashboard's variables, and what it says of wrong ones.</summary>
public class OptionsTests
{
    [Fact]
    public void Nothing_needs_to_be_set()
    {
        var options = Read();

        Assert.False(options.IsTokenGiven);
        Assert.True(options.Token.Length >= 32);
        Assert.NotEqual(options.Token, Read().Token);
        Assert.Equal((4317, 4318), (options.OtlpGrpcPort, options.OtlpHttpPort));
        Assert.Equal((10_000, 10_000, 50_000), (options.Limits.TracesMax, options.Limits.LogsMax, options.Limits.PointsMax));
        Assert.Null(options.Leader);
        Assert.Null(options.Engine);
    }

    [Fact]
    public void Followers_are_named_by_their_hosts()
    {
        var options = Read(("FOLLOWERS", " http://follower1, http://localhost:8002 ,http://follower-3.follower:8080, http://127.0.0.1:8004"));

        Assert.Equal(["follower1", "localhost:8002", "follower-3", "127.0.0.1:8004"], options.Followers.Select(follower => follower.Name));
    }

    [Theory]
    [InlineData("DASHBOARD_TOKEN", "short")]
    [InlineData("DASHBOARD_OTLP_GRPC_PORT", "70000")]
    [InlineData("DASHBOARD_OTLP_HTTP_PORT", "no")]
    [InlineData("DASHBOARD_TRACES_MAX", "0")]
    [InlineData("DASHBOARD_LOGS_MAX", "-1")]
    [InlineData("DASHBOARD_POINTS_MAX", "1e99")]
    [InlineData("LEADER", "leader")]
    [InlineData("FOLLOWERS", "http://follower1,follower2")]
    [InlineData("KVSTORE_CONTROL_URL", "here")]
    public void A_wrong_variable_is_named_with_what_is_allowed(string name, string value)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read((name, value)));

        Assert.StartsWith($"{name} is '{value}', allowed is ", Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    private static DashboardOptions Read(params (string Name, string Value)[] variables) => DashboardOptionsReader.Read(
        new ConfigurationBuilder().AddInMemoryCollection(variables.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value))).Build());
}

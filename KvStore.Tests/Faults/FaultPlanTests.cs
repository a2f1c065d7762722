using KvStore.Node.Configuration;
using KvStore.Node.Faults;
using Microsoft.Extensions.Configuration;

namespace KvStore.Tests.Faults;

/// <summary><c>KVSTORE_FAULTS</c>.</summary>
public sealed class FaultPlanTests
{
#if FAULT_POINTS
    [Fact]
    public void The_nth_time_is_that_time_only_and_each_point_counts_for_itself()
    {
        var plan = FaultPlan.Parse("fsync.fail-before=#3, replicate.drop=#1", 1);

        Assert.Equal([false, false, true, false, false, false], Enumerable.Range(0, 6).Select(_ => plan.Strikes("fsync.fail-before")));
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(_ => plan.Strikes("replicate.drop")));
        Assert.False(plan.Strikes("replicate.delay"));
    }

    [Fact]
    public void A_probability_is_kept_about_and_the_same_seed_gives_the_same_faults()
    {
        var (one, other) = (FaultPlan.Parse("replicate.drop=0.25", 5), FaultPlan.Parse("replicate.drop=0.25", 5));
        var faults = Enumerable.Range(0, 4000).Select(_ => one.Strikes("replicate.drop")).ToList();

        Assert.Equal(faults, faults.Select(_ => other.Strikes("replicate.drop")));
        Assert.InRange(faults.Count(fault => fault), 800, 1200);
    }

    [Theory]
    [InlineData("replicate.drop")]
    [InlineData("replicate.drop=2")]
    [InlineData("replicate.drop=-1")]
    [InlineData("replicate.drop=#0")]
    [InlineData("replicate.drop=#x")]
    [InlineData("replicate.drop=x")]
    [InlineData("replicate.dorp=0.5")]
    public void Anything_else_is_refused_with_the_variable_and_the_value(string faults)
    {
        var message = Assert.Throws<ConfigurationException>(() => Read(faults)).Message;

        Assert.Contains($"KVSTORE_FAULTS is '{faults}'", message, StringComparison.Ordinal);
    }
#else
    [Fact]
    public void A_release_build_refuses_them() =>
        Assert.Contains("no fault points", Assert.Throws<ConfigurationException>(() => Read("replicate.drop=0.5")).Message, StringComparison.Ordinal);
#endif

    [Fact]
    public void Without_the_variable_there_are_none() => Assert.Null(Read("").Faults);

    private static NodeOptions Read(string faults) => NodeOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?> { ["NODE_ROLE"] = "follower", ["KVSTORE_FAULTS"] = faults }).Build());
}

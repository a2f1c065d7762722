using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace KvStore.Tests.Dashboard;

public sealed class TelemetryResourcesTests
{
    [Fact]
    public void The_leader_comes_first_and_colours_do_not_depend_on_the_order_of_arrival()
    {
        var resources = new TelemetryResources(new StoreLimits(), TimeProvider.System);
        foreach (var name in new[] { "dashboard", "follower2", "leader", "follower1", "bench" })
        {
            resources.Get(name, "1", []);
        }

        Assert.Equal(["leader", "bench", "dashboard", "follower1", "follower2"], resources.Names());
        Assert.Equal([0, 7, 6, 1, 2], resources.List().Select(r => r.Colour));
    }

    [Fact]
    public void A_restarted_service_is_another_resource_of_the_same_colour()
    {
        var time = new FakeTimeProvider(Make.Noon);
        var resources = new TelemetryResources(new StoreLimits(), time);
        var first = resources.Get("follower1", "1", []);
        time.Advance(TimeSpan.FromSeconds(1));
        var second = resources.Get("follower1", "2", []);

        Assert.NotSame(first, second);
        Assert.Same(first, resources.Get("follower1", "1", []));
        Assert.Same(second, resources.Find("follower1"));
        Assert.Equal(first.Colour, second.Colour);
    }

    [Fact]
    public void The_one_that_was_silent_longest_gives_way()
    {
        var time = new FakeTimeProvider(Make.Noon);
        var resources = new TelemetryResources(new StoreLimits { ResourcesMax = 2 }, time);
        var gone = new List<string>();
        resources.Dropped += r => gone.Add(r.Name);
        foreach (var name in new[] { "a", "b", "a", "c" })
        {
            resources.Get(name, "", []);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["b"], gone);
        Assert.Equal(["a", "c"], resources.Names());
    }
}

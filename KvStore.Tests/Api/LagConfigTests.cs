using System.Net;
using System.Net.Http.Json;

namespace KvStore.Tests.Api;

/// <summary><c>/config/lag</c>, on a leader with a cluster secret and a write timeout of 3 s.</summary>
public sealed class LagConfigTests(LeaderWithLag lagging) : IClassFixture<LeaderWithLag>
{
    private const string Secret = LeaderWithLag.Secret;

    private readonly HttpClient _client = lagging.Cluster.Client;

    [Fact]
    public async Task The_lag_can_be_read_without_the_secret()
    {
        (await PostAsync(new { min_delay_ms = 10, max_delay_ms = 20 }, Secret)).Is(HttpStatusCode.OK);

        var lag = (await _client.FetchAsync("/config/lag")).Is(HttpStatusCode.OK);

        Assert.Equal(["max_delay_ms", "min_delay_ms"], lag.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal((10, 20), (lag.Number("min_delay_ms"), lag.Number("max_delay_ms")));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 2999)]
    [InlineData(5, 5)]
    [InlineData(2999, 2999)]
    public async Task A_range_below_the_write_timeout_can_be_set_with_the_secret(int min, int max)
    {
        var lag = (await PostAsync(new { min_delay_ms = min, max_delay_ms = max }, Secret)).Is(HttpStatusCode.OK);

        Assert.Equal(min, lag.Number("min_delay_ms"));
        Assert.Equal(max, lag.Number("max_delay_ms"));
        Assert.Equal((min, max), await LagAsync());
    }

    [Theory]
    [InlineData("-1", "10")]
    [InlineData("10", "-1")]
    [InlineData("11", "10")]
    [InlineData("0", "3000")]
    [InlineData("0", "4294967296")]
    [InlineData("0", "1e30")]
    [InlineData("-1e30", "10")]
    public async Task A_range_that_is_none_is_400_and_changes_nothing(string min, string max)
    {
        var before = await LagAsync();

        var answer = await PostAsync($$"""{"min_delay_ms":{{min}},"max_delay_ms":{{max}}}""", Secret);

        Assert.Contains("3000", answer.IsProblem(HttpStatusCode.BadRequest).Text("detail"), StringComparison.Ordinal);
        Assert.Equal(before, await LagAsync());
    }

    [Theory]
    [InlineData("""{"min_delay_ms":0}""", "max_delay_ms")]
    [InlineData("""{"max_delay_ms":0}""", "min_delay_ms")]
    [InlineData("""{}""", "max_delay_ms", "min_delay_ms")]
    [InlineData("""{"min_delay_ms":"0","max_delay_ms":1}""", "min_delay_ms")]
    [InlineData("""{"min_delay_ms":0,"max_delay_ms":0.5}""", "max_delay_ms")]
    [InlineData("""{"min_delay_ms":null,"max_delay_ms":true}""", "max_delay_ms", "min_delay_ms")]
    [InlineData("[0,1]", "body")]
    public async Task A_bound_that_is_no_whole_number_is_422_and_changes_nothing(string body, params string[] fields)
    {
        var before = await LagAsync();

        (await PostAsync(body, Secret)).IsUnprocessable(fields);

        Assert.Equal(before, await LagAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("a secret of the test")]
    [InlineData("a secret of the testsX")]
    [InlineData("A SECRET OF THE TESTS")]
    public async Task Without_the_right_secret_it_is_401_and_changes_nothing(string? secret)
    {
        var before = await LagAsync();

        var answer = await PostAsync(new { min_delay_ms = 77, max_delay_ms = 78 }, secret);

        answer.IsProblem(HttpStatusCode.Unauthorized);
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        Assert.DoesNotContain(Secret, answer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await LagAsync());
    }

    [Fact]
    public async Task A_change_survives_a_restart_until_a_variable_is_changed()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 0,
            DeadFollowerCount = 2,
            LeaderSettings = new() { ["MIN_DELAY_MS"] = "10", ["MAX_DELAY_MS"] = "20" },
        });
        (await cluster.Client.PostAsync("/config/lag", new { min_delay_ms = 1, max_delay_ms = 2 })).Is(HttpStatusCode.OK);

        foreach (var (variable, min, max) in ((string, int, int)[])[("20", 1, 2), ("30", 10, 30)])
        {
            await cluster.StopLeaderAsync();
            await cluster.StartLeaderAsync(new() { ["MAX_DELAY_MS"] = variable });
            var lag = (await cluster.Client.FetchAsync("/config/lag")).Is(HttpStatusCode.OK);
            Assert.Equal((min, max), (lag.Number("min_delay_ms"), lag.Number("max_delay_ms")));
        }
    }

    [Fact]
    public async Task Where_no_secret_is_configured_none_is_asked_for()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 1, LeaderSettings = new() { ["WRITE_QUORUM"] = "1" } });

        (await cluster.Client.PostAsync("/config/lag", new { min_delay_ms = 1, max_delay_ms = 5 })).Is(HttpStatusCode.OK);

        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);
    }

    private Task<Answer> PostAsync(object body, string? secret) =>
        _client.CallAsync(HttpMethod.Post, "/config/lag", JsonContent.Create(body), secret);

    private Task<Answer> PostAsync(string body, string secret) => _client.CallAsync(
        HttpMethod.Post, "/config/lag", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), secret);

    private async Task<(long Min, long Max)> LagAsync()
    {
        var lag = (await _client.FetchAsync("/config/lag")).Is(HttpStatusCode.OK);
        return (lag.Number("min_delay_ms"), lag.Number("max_delay_ms"));
    }
}

/// <summary>A leader with a cluster secret, some lag and a write timeout of 3 s; its follower need not run.</summary>
public sealed class LeaderWithLag : IAsyncLifetime
{
    /// <summary>CLUSTER_SECRET.</summary>
    public const string Secret = "a secret of the tests";

    /// <summary>The cluster.</summary>
    public TestCluster Cluster { get; } = new()
    {
        FollowerCount = 0,
        DeadFollowerCount = 1,
        Secret = Secret,
        LeaderSettings = new() { ["WRITE_QUORUM"] = "1", ["MIN_DELAY_MS"] = "10", ["MAX_DELAY_MS"] = "20", ["WRITE_TIMEOUT_MS"] = "3000" },
    };

    /// <inheritdoc />
    public Task InitializeAsync() => Cluster.InitializeAsync();

    /// <inheritdoc />
    public Task DisposeAsync() => Cluster.DisposeAsync();
}

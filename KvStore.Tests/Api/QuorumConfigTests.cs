using System.Net;

namespace KvStore.Tests.Api;

/// <summary><c>/config/quorum</c>, on a leader of five followers.</summary>
public sealed class QuorumConfigTests(LeaderOfFive five) : IClassFixture<LeaderOfFive>
{
    private readonly HttpClient _client = five.Cluster.Client;

    [Fact]
    public async Task The_quorum_can_be_read()
    {
        (await ChangeAsync("3")).Is(HttpStatusCode.OK);

        var quorum = (await _client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK);

        Assert.Equal(["quorum", "total_followers"], quorum.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal(3, quorum.Number("quorum"));
        Assert.Equal(5, quorum.Number("total_followers"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Every_quorum_from_1_to_the_number_of_followers_can_be_set(int quorum)
    {
        var old = await QuorumAsync();

        var change = (await ChangeAsync($"{quorum}")).Is(HttpStatusCode.OK);

        Assert.Equal("updated", change.Text("status"));
        Assert.Equal(old, change.Number("old_quorum"));
        Assert.Equal(quorum, change.Number("new_quorum"));
        Assert.Equal(5, change.Number("total_followers"));
        Assert.Equal(quorum, await QuorumAsync());
        Assert.Equal(quorum, (await _client.FetchAsync("/")).Json.Number("write_quorum"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("6")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("2147483648")]
    [InlineData("4294967298")]
    [InlineData("9223372036854775808")]
    [InlineData("1e30")]
    [InlineData("-1e30")]
    [InlineData("1e400")]
    [InlineData("1e99999999999999999999")]
    [InlineData("60.0")]
    public async Task A_number_out_of_range_is_400_and_changes_nothing(string quorum)
    {
        var before = await QuorumAsync();

        (await ChangeAsync(quorum)).IsProblem(HttpStatusCode.BadRequest, "Quorum must be between 1 and 5");

        Assert.Equal(before, await QuorumAsync());
    }

    [Theory]
    [InlineData("\"3\"")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("2.5")]
    [InlineData("2.9999999999999999999")]
    [InlineData("0.99999999999999999999999")]
    [InlineData("25e-1")]
    [InlineData("1e-99999999999999999999")]
    [InlineData("[3]")]
    [InlineData("{\"quorum\":3}")]
    public async Task What_is_not_a_whole_number_is_422_and_changes_nothing(string quorum)
    {
        var before = await QuorumAsync();

        (await ChangeAsync(quorum)).IsUnprocessable("quorum");

        Assert.Equal(before, await QuorumAsync());
    }

    [Fact]
    public async Task A_missing_quorum_is_422_and_changes_nothing()
    {
        var before = await QuorumAsync();

        (await _client.PostRawAsync("/config/quorum", "{}")).IsUnprocessable("quorum");
        (await _client.PostRawAsync("/config/quorum", """{"new_quorum":2}""")).IsUnprocessable("quorum");
        (await _client.PostRawAsync("/config/quorum", "")).IsUnprocessable("body");
        (await _client.PostRawAsync("/config/quorum", "2")).IsUnprocessable("body");
        (await _client.PostRawAsync("/config/quorum", "not JSON")).IsUnprocessable("body");
        (await _client.CallAsync(HttpMethod.Post, "/config/quorum", new StringContent("""{"quorum":2}"""))).IsUnprocessable("body");

        Assert.Equal(before, await QuorumAsync());
    }

    [Fact]
    public async Task A_whole_number_may_be_written_with_a_fraction_of_zero() =>
        Assert.Equal(2, (await ChangeAsync("2.0")).Is(HttpStatusCode.OK).Number("new_quorum"));

    [Fact]
    public async Task A_change_survives_a_restart_until_the_variable_is_changed_which_then_goes_on_winning()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 0,
            DeadFollowerCount = 5,
            LeaderSettings = new() { ["WRITE_QUORUM"] = "3" },
        });
        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 5 })).Is(HttpStatusCode.OK);

        foreach (var (variable, quorum) in ((string, int)[])[("3", 5), ("2", 2), ("2", 2)])
        {
            await cluster.StopLeaderAsync();
            await cluster.StartLeaderAsync(new() { ["WRITE_QUORUM"] = variable });
            Assert.Equal(quorum, (await cluster.Client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK).Number("quorum"));
        }
    }

    [Theory]
    [InlineData("3", 3)]
    [InlineData("5", 5)]
    public async Task A_variable_that_is_changed_to_what_was_set_at_run_time_is_remembered_as_the_variable(string variable, int quorum)
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 0,
            DeadFollowerCount = 5,
            LeaderSettings = new() { ["WRITE_QUORUM"] = "3" },
        });
        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 5 })).Is(HttpStatusCode.OK);

        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["WRITE_QUORUM"] = "5" });
        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["WRITE_QUORUM"] = variable });

        Assert.Equal(quorum, (await cluster.Client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK).Number("quorum"));
    }

    [Fact]
    public async Task It_stays_as_it_was_set_when_the_lag_that_was_set_does_not_fit_any_more()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster
        {
            FollowerCount = 0,
            DeadFollowerCount = 5,
            LeaderSettings = new() { ["WRITE_QUORUM"] = "3", ["MIN_DELAY_MS"] = "0", ["MAX_DELAY_MS"] = "10" },
        });
        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 5 })).Is(HttpStatusCode.OK);
        (await cluster.Client.PostAsync("/config/lag", new { min_delay_ms = 0, max_delay_ms = 2000 })).Is(HttpStatusCode.OK);

        await cluster.StopLeaderAsync();
        await cluster.StartLeaderAsync(new() { ["WRITE_TIMEOUT_MS"] = "1500" });

        Assert.Equal(5, (await cluster.Client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK).Number("quorum"));
        Assert.Equal(10, (await cluster.Client.FetchAsync("/config/lag")).Is(HttpStatusCode.OK).Number("max_delay_ms"));
    }

    [Fact]
    public async Task It_needs_no_secret_even_where_there_is_one()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 0, DeadFollowerCount = 2, Secret = "s3cret" });

        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 1 })).Is(HttpStatusCode.OK);
    }

    private Task<Answer> ChangeAsync(string quorum) => _client.PostRawAsync("/config/quorum", $$"""{"quorum":{{quorum}}}""");

    private async Task<long> QuorumAsync() => (await _client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK).Number("quorum");
}

/// <summary>A leader with five followers, of which none needs to run.</summary>
public sealed class LeaderOfFive : IAsyncLifetime
{
    /// <summary>The cluster.</summary>
    public TestCluster Cluster { get; } = new() { FollowerCount = 0, DeadFollowerCount = 5, LeaderSettings = new() { ["WRITE_QUORUM"] = "3" } };

    /// <inheritdoc />
    public Task InitializeAsync() => Cluster.InitializeAsync();

    /// <inheritdoc />
    public Task DisposeAsync() => Cluster.DisposeAsync();
}

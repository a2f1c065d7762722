using System.Net;

namespace KvStore.Tests.Api;

/// <summary><c>/config/quorum</c>, against five followers of which none needs to run.</summary>
public sealed class QuorumConfigTests : IAsyncLifetime
{
    private readonly TestCluster _cluster = new()
    {
        FollowerCount = 0,
        DeadFollowerCount = 5,
        LeaderSettings = new() { ["WRITE_QUORUM"] = "3" },
    };

    [Fact]
    public async Task The_quorum_can_be_read()
    {
        var quorum = (await _cluster.Client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK);

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
        var change = (await _cluster.Client.PostAsync("/config/quorum", new { quorum })).Is(HttpStatusCode.OK);

        Assert.Equal("updated", change.Text("status"));
        Assert.Equal(3, change.Number("old_quorum"));
        Assert.Equal(quorum, change.Number("new_quorum"));
        Assert.Equal(5, change.Number("total_followers"));
        Assert.Equal(quorum, await QuorumAsync());
        Assert.Equal(quorum, (await _cluster.Client.FetchAsync("/")).Json.Number("write_quorum"));
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
    public async Task A_number_out_of_range_is_400_and_changes_nothing(string quorum)
    {
        var answer = await _cluster.Client.PostRawAsync("/config/quorum", $$"""{"quorum":{{quorum}}}""");

        answer.IsProblem(HttpStatusCode.BadRequest, "Quorum must be between 1 and 5");
        Assert.Equal(3, await QuorumAsync());
    }

    [Theory]
    [InlineData("\"3\"")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("2.5")]
    [InlineData("[3]")]
    [InlineData("{\"quorum\":3}")]
    public async Task What_is_not_a_whole_number_is_422_and_changes_nothing(string quorum)
    {
        (await _cluster.Client.PostRawAsync("/config/quorum", $$"""{"quorum":{{quorum}}}""")).IsUnprocessable("quorum");

        Assert.Equal(3, await QuorumAsync());
    }

    [Fact]
    public async Task A_missing_quorum_is_422()
    {
        (await _cluster.Client.PostRawAsync("/config/quorum", "{}")).IsUnprocessable("quorum");
        (await _cluster.Client.PostRawAsync("/config/quorum", """{"new_quorum":2}""")).IsUnprocessable("quorum");
        (await _cluster.Client.PostRawAsync("/config/quorum", "")).IsUnprocessable("body");
        (await _cluster.Client.PostRawAsync("/config/quorum", "2")).IsUnprocessable("body");
        (await _cluster.Client.PostRawAsync("/config/quorum", "not JSON")).IsUnprocessable("body");
        (await _cluster.Client.CallAsync(HttpMethod.Post, "/config/quorum", new StringContent("""{"quorum":2}"""))).IsUnprocessable("body");
        Assert.Equal(3, await QuorumAsync());
    }

    [Fact]
    public async Task A_whole_number_may_be_written_with_a_fraction_of_zero()
    {
        Assert.Equal(2, (await _cluster.Client.PostRawAsync("/config/quorum", """{"quorum":2.0}""")).Is(HttpStatusCode.OK).Number("new_quorum"));
    }

    [Fact]
    public async Task A_change_survives_a_restart_of_the_leader()
    {
        (await _cluster.Client.PostAsync("/config/quorum", new { quorum = 5 })).Is(HttpStatusCode.OK);

        await _cluster.StopLeaderAsync();
        await _cluster.StartLeaderAsync();

        Assert.Equal(5, await QuorumAsync());
    }

    [Fact]
    public async Task A_variable_that_was_changed_since_wins_over_the_change_and_goes_on_winning()
    {
        (await _cluster.Client.PostAsync("/config/quorum", new { quorum = 5 })).Is(HttpStatusCode.OK);

        await _cluster.StopLeaderAsync();
        await _cluster.StartLeaderAsync(new() { ["WRITE_QUORUM"] = "2" });
        Assert.Equal(2, await QuorumAsync());

        await _cluster.StopLeaderAsync();
        await _cluster.StartLeaderAsync(new() { ["WRITE_QUORUM"] = "2" });
        Assert.Equal(2, await QuorumAsync());
    }

    [Fact]
    public async Task It_needs_no_secret_even_where_there_is_one()
    {
        await using var cluster = await TestCluster.StartAsync(new TestCluster { FollowerCount = 0, DeadFollowerCount = 2, Secret = "s3cret" });

        (await cluster.Client.PostAsync("/config/quorum", new { quorum = 1 })).Is(HttpStatusCode.OK);
    }

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    private async Task<long> QuorumAsync() => (await _cluster.Client.FetchAsync("/config/quorum")).Is(HttpStatusCode.OK).Number("quorum");
}

using System.Net;

namespace KvStore.Tests.Api;

/// <summary>Paths that nobody serves, and methods that a path does not have.</summary>
public sealed class UnknownPathTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Theory]
    [InlineData("/nothing")]
    [InlineData("/keys2")]
    [InlineData("/config")]
    [InlineData("/writes")]
    [InlineData("/writes/1/2")]
    public async Task An_unknown_path_is_404_on_every_node(string path)
    {
        foreach (var node in cluster.Nodes)
        {
            (await node.Client.FetchAsync(path)).IsProblem(HttpStatusCode.NotFound, "Not Found");
            (await node.Client.PostAsync(path, new { })).IsProblem(HttpStatusCode.NotFound, "Not Found");
        }
    }

    [Theory]
    [InlineData("PUT", "/keys", "GET, POST")]
    [InlineData("DELETE", "/keys", "GET, POST")]
    [InlineData("PUT", "/keys/k", "DELETE, GET")]
    [InlineData("POST", "/keys/k", "DELETE, GET")]
    [InlineData("POST", "/state", "GET")]
    [InlineData("POST", "/", "GET")]
    [InlineData("POST", "/health", "GET, HEAD")]
    [InlineData("DELETE", "/replication", "GET")]
    [InlineData("PUT", "/config/quorum", "GET, POST")]
    [InlineData("PUT", "/config/lag", "GET, POST")]
    [InlineData("POST", "/writes/1", "GET")]
    public async Task A_wrong_method_on_the_leader_is_405_and_names_the_right_ones(string method, string path, string allowed)
    {
        var answer = await cluster.Client.CallAsync(new HttpMethod(method), path);

        answer.IsProblem(HttpStatusCode.MethodNotAllowed, "Method Not Allowed");
        Assert.Equal(allowed, string.Join(", ", answer.ContentHeaders.Allow.Order()));
    }

    [Theory]
    [InlineData("POST", "/keys")]
    [InlineData("DELETE", "/keys/k")]
    public async Task A_write_on_a_follower_is_405_and_names_the_leader(string method, string path)
    {
        foreach (var follower in cluster.Followers)
        {
            var answer = await follower.Client.CallAsync(new HttpMethod(method), path, new StringContent("""{"key":"k","value":"v"}"""));

            var problem = answer.IsProblem(HttpStatusCode.MethodNotAllowed, "Method Not Allowed");
            Assert.Equal(["GET"], answer.ContentHeaders.Allow);
            Assert.Equal("http://leader.example:8000", problem.Text("leader"));
        }
    }

    [Theory]
    [InlineData("/", HttpStatusCode.OK)]
    [InlineData("/keys", HttpStatusCode.OK)]
    [InlineData("/keys/none", HttpStatusCode.NotFound)]
    [InlineData("/state", HttpStatusCode.OK)]
    [InlineData("/replication", HttpStatusCode.OK)]
    [InlineData("/health", HttpStatusCode.OK)]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    public async Task HEAD_is_answered_as_GET_without_a_body(string path, HttpStatusCode status)
    {
        foreach (var node in cluster.Nodes)
        {
            var answer = await node.Client.CallAsync(HttpMethod.Head, path);

            Assert.Equal(status, answer.Status);
            Assert.Equal(status == HttpStatusCode.OK ? "application/json" : "application/problem+json", answer.MediaType);
            Assert.Empty(answer.Body);
        }
    }

    [Fact]
    public async Task Replicate_takes_POST_only()
    {
        var answer = await cluster.Followers[0].Client.FetchAsync("/replicate");

        var problem = answer.IsProblem(HttpStatusCode.MethodNotAllowed, "Method Not Allowed");
        Assert.Equal(["POST"], answer.ContentHeaders.Allow);
        Assert.False(problem.Has("leader"));
    }

    [Fact]
    public async Task What_only_a_follower_has_is_404_on_the_leader() =>
        (await cluster.Client.PostAsync("/replicate", new { key = "k", value = "v", version = 1 })).IsProblem(HttpStatusCode.NotFound, "Not Found");

    [Theory]
    [InlineData("/config/quorum")]
    [InlineData("/config/lag")]
    [InlineData("/writes/1")]
    public async Task What_only_the_leader_has_is_404_on_a_follower(string path)
    {
        var follower = cluster.Followers[0].Client;

        (await follower.FetchAsync(path)).IsProblem(HttpStatusCode.NotFound, "Not Found");
        (await follower.PostAsync(path, new { quorum = 2 })).IsProblem(HttpStatusCode.NotFound, "Not Found");
    }
}

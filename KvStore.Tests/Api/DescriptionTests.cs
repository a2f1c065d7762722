using System.Net;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary>What a node says of itself, and what it says to a wrong path or method.</summary>
public sealed class DescriptionTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task The_leader_names_its_role_its_followers_and_its_quorum()
    {
        var info = (await cluster.Client.FetchAsync("/")).Is(HttpStatusCode.OK);

        Assert.Equal("leader", info.Text("role"));
        Assert.Equal(cluster.FollowerUrls, info.Texts("followers"));
        Assert.Equal(2, info.Number("write_quorum"));
        Assert.Equal("leader", info.Text("id"));
        Assert.Equal(1, info.Number("epoch"));
        Assert.NotEmpty(info.Text("cluster_id"));
        Assert.NotEmpty(info.Text("store_id"));
    }

    [Fact]
    public async Task A_follower_names_its_role_and_its_id()
    {
        foreach (var follower in cluster.Followers)
        {
            var info = (await follower.Client.FetchAsync("/")).Is(HttpStatusCode.OK);

            Assert.Equal("follower", info.Text("role"));
            Assert.Equal(follower.Id, info.Text("id"));
            Assert.Equal("http://leader.example:8000", info.Text("leader"));
            Assert.Equal(1, info.Number("epoch"));
        }
    }

    [Fact]
    public async Task All_nodes_are_in_one_cluster_and_each_has_a_store_of_its_own()
    {
        var infos = await Task.WhenAll(cluster.Nodes.Select(async node => (await node.Client.FetchAsync("/")).Json));

        Assert.Single(infos.Select(info => info.Text("cluster_id")).Distinct());
        Assert.Equal(infos.Length, infos.Select(info => info.Text("store_id")).Distinct().Count());
    }

    [Fact]
    public async Task A_healthy_leader_says_so_without_an_id_or_reasons()
    {
        var health = (await cluster.Client.FetchAsync("/health")).Is(HttpStatusCode.OK);

        Assert.Equal(["status", "role"], health.EnumerateObject().Select(member => member.Name));
        Assert.Equal("healthy", health.Text("status"));
        Assert.Equal("leader", health.Text("role"));
    }

    [Fact]
    public async Task A_healthy_follower_says_so_with_its_id()
    {
        var health = (await cluster.Followers[1].Client.FetchAsync("/health")).Is(HttpStatusCode.OK);

        Assert.Equal("healthy", health.Text("status"));
        Assert.Equal("follower", health.Text("role"));
        Assert.Equal("follower2", health.Text("id"));
    }

    [Fact]
    public async Task Every_node_is_alive()
    {
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(HttpStatusCode.OK, (await node.Client.FetchAsync("/alive")).Status);
        }
    }

    [Fact]
    public async Task Every_node_can_be_scraped_by_Prometheus()
    {
        foreach (var node in cluster.Nodes)
        {
            var metrics = await node.Client.FetchAsync("/metrics");

            Assert.Equal(HttpStatusCode.OK, metrics.Status);
            Assert.Equal("text/plain", metrics.MediaType);
            Assert.Contains("kvstore_commit_queue_length", metrics.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_leaders_OpenAPI_document_has_every_call_of_the_contract()
    {
        var paths = (await cluster.Client.FetchAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).GetProperty("paths");

        Assert.True(paths.GetProperty("/keys").Has("get") && paths.GetProperty("/keys").Has("post"));
        Assert.True(paths.GetProperty("/keys/{key}").Has("get") && paths.GetProperty("/keys/{key}").Has("delete"));
        Assert.True(paths.GetProperty("/config/quorum").Has("get") && paths.GetProperty("/config/quorum").Has("post"));
        Assert.True(paths.GetProperty("/config/lag").Has("get") && paths.GetProperty("/config/lag").Has("post"));
        Assert.All(["/", "/health", "/state", "/replication", "/writes/{version}"], path => Assert.True(paths.GetProperty(path).Has("get")));
    }

    [Fact]
    public async Task An_OpenAPI_path_with_a_parameter_declares_it()
    {
        foreach (var node in cluster.Nodes)
        {
            var paths = (await node.Client.FetchAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).GetProperty("paths");
            foreach (var operation in paths.GetProperty("/keys/{key}").EnumerateObject())
            {
                Assert.True(operation.Value.Has("parameters"), $"{operation.Name} of /keys/{{key}} on {node.Id} declares no parameter.");
                var parameter = Assert.Single(operation.Value.GetProperty("parameters").EnumerateArray(), item => item.Text("in") == "path");
                Assert.Equal("key", parameter.Text("name"));
                Assert.True(parameter.GetProperty("required").GetBoolean());
            }
        }
    }

    [Theory]
    [InlineData("/keys", "key", "value")]
    [InlineData("/config/quorum", "quorum")]
    [InlineData("/config/lag", "max_delay_ms", "min_delay_ms")]
    public async Task An_OpenAPI_post_declares_the_fields_of_its_body(string path, params string[] fields)
    {
        var document = (await cluster.Client.FetchAsync("/openapi/v1.json")).Is(HttpStatusCode.OK);

        var schema = document.GetProperty("paths").GetProperty(path).GetProperty("post").GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema");
        if (schema.Has("$ref"))
        {
            schema = document.GetProperty("components").GetProperty("schemas").GetProperty(schema.Text("$ref").Split('/')[^1]);
        }

        Assert.Equal(fields, schema.GetProperty("properties").EnumerateObject().Select(member => member.Name).Order());
    }

    [Fact]
    public async Task The_OpenAPI_document_says_which_calls_need_the_secret()
    {
        var document = (await cluster.Client.FetchAsync("/openapi/v1.json")).Is(HttpStatusCode.OK);

        Assert.Equal("KvStore", document.GetProperty("info").Text("title"));
        var scheme = Assert.Single(document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject());
        Assert.Equal("bearer", scheme.Value.Text("scheme"));
        var guarded =
            from path in document.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            where operation.Value.Has("security") && operation.Value.GetProperty("security")[0].Has(scheme.Name)
            select path.Name;
        Assert.Equal(
            ["/admin/backup", "/admin/replication/{follower}/pause", "/admin/replication/{follower}/resume", "/config/lag"], guarded.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Answers_have_every_field_that_their_OpenAPI_schema_requires()
    {
        (await cluster.Client.PutAsync("described", "v")).Is(HttpStatusCode.OK);
        foreach (var node in cluster.Nodes)
        {
            var document = (await node.Client.FetchAsync("/openapi/v1.json")).Is(HttpStatusCode.OK);
            foreach (var path in (string[])["/", "/keys", "/state", "/health", "/replication", "/replication/writes", "/replication/digest", "/config/quorum"])
            {
                if (document.GetProperty("paths").TryGetProperty(path, out var described))
                {
                    var schema = SchemaOf(document, described.GetProperty("get"), "200");
                    Fits(document, schema, (await node.Client.FetchAsync(path)).Is(HttpStatusCode.OK), $"{path} of {node.Id}");
                }
            }
        }

        var leader = (await cluster.Client.FetchAsync("/openapi/v1.json")).Json;
        var delete = leader.GetProperty("paths").GetProperty("/keys/{key}").GetProperty("delete");
        Fits(leader, SchemaOf(leader, delete, "200"), (await cluster.Client.RemoveAsync("described")).Is(HttpStatusCode.OK), "a delete");
    }

    [Fact]
    public async Task A_followers_OpenAPI_document_has_reads_and_no_writes()
    {
        var paths = (await cluster.Followers[0].Client.FetchAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).GetProperty("paths");

        Assert.True(paths.GetProperty("/keys").Has("get"));
        Assert.False(paths.GetProperty("/keys").Has("post"));
        Assert.False(paths.Has("/config/quorum"));
    }

    [Fact]
    public async Task The_leader_shows_the_state_holdings_and_lag_of_every_follower()
    {
        var version = (await cluster.Client.PutAsync("shown", "v")).Is(HttpStatusCode.OK).Number("version");
        await cluster.AllFollowersHoldEverythingAsync();

        var followers = JsonDocument.Parse("null").RootElement;
        await Eventually.HoldsAsync("the leader knows that no follower lags", async () =>
        {
            followers = (await cluster.Client.FetchAsync("/replication")).Is(HttpStatusCode.OK).GetProperty("followers");
            return followers.EnumerateArray().All(lane => lane.Number("lag_entries") == 0);
        });

        Assert.Equal(["follower1", "follower2", "follower3"], followers.EnumerateArray().Select(lane => lane.Text("id")));
        Assert.Equal(cluster.FollowerUrls, followers.EnumerateArray().Select(lane => lane.Text("address")));
        Assert.All(followers.EnumerateArray(), lane =>
        {
            Assert.Equal("healthy", lane.Text("state"));
            Assert.True(lane.Number("watermark") >= version);
            Assert.Equal(0, lane.GetProperty("held_above").GetArrayLength());
            Assert.Equal(0, lane.GetProperty("lag_seconds").GetDouble());
        });
    }

    private static JsonElement SchemaOf(JsonElement document, JsonElement operation, string status) => Follow(
        document, operation.GetProperty("responses").GetProperty(status).GetProperty("content").GetProperty("application/json").GetProperty("schema"));

    private static JsonElement Follow(JsonElement document, JsonElement schema) => schema.Has("$ref")
        ? document.GetProperty("components").GetProperty("schemas").GetProperty(schema.Text("$ref").Split('/')[^1])
        : schema;

    private static void Fits(JsonElement document, JsonElement schema, JsonElement value, string place)
    {
        var type = schema.Has("type") ? $"{schema.GetProperty("type")}" : "";
        Assert.False(type.Contains("string", StringComparison.Ordinal) && type.Contains("integer", StringComparison.Ordinal), $"{place} is {type}.");
        Assert.True(value.ValueKind != JsonValueKind.Number || type.Contains("integer", StringComparison.Ordinal) || type.Contains("number", StringComparison.Ordinal), $"{place} is {type}.");
        if (value.ValueKind == JsonValueKind.Object && schema.Has("properties"))
        {
            Assert.All(schema.GetProperty("required").EnumerateArray(), name => Assert.True(value.Has(name.GetString()!), $"{place} lacks {name}."));
            foreach (var member in value.EnumerateObject())
            {
                Fits(document, Follow(document, schema.GetProperty("properties").GetProperty(member.Name)), member.Value, $"{place}, {member.Name}");
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            Assert.All(value.EnumerateArray(), item => Fits(document, Follow(document, schema.GetProperty("items")), item, $"{place}[]"));
        }
    }

    [Fact]
    public async Task A_follower_shows_what_it_holds()
    {
        var version = (await cluster.Client.PutAsync("held", "v")).Is(HttpStatusCode.OK).Number("version");
        await cluster.AllFollowersHoldEverythingAsync();

        var status = (await cluster.Followers[2].Client.FetchAsync("/replication")).Is(HttpStatusCode.OK);

        Assert.Equal("follower3", status.Text("id"));
        Assert.True(status.Number("watermark") >= version);
        Assert.False(status.GetProperty("standalone").GetBoolean());
    }
}

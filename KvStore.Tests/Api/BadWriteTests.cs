using System.Net;
using System.Text;

namespace KvStore.Tests.Api;

/// <summary>Bodies that are not a write: each is 422 with the field's name, and nothing of it is written.</summary>
public sealed class BadWriteTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Theory]
    [InlineData("""{"value":"v"}""", "key")]
    [InlineData("""{"key":"bad"}""", "value")]
    [InlineData("""{}""", "key", "value")]
    [InlineData("""{"key":null,"value":"v"}""", "key")]
    [InlineData("""{"key":"bad","value":null}""", "value")]
    [InlineData("""{"key":null,"value":null}""", "key", "value")]
    [InlineData("""{"key":1,"value":"v"}""", "key")]
    [InlineData("""{"key":"bad","value":1}""", "value")]
    [InlineData("""{"key":"bad","value":true}""", "value")]
    [InlineData("""{"key":"bad","value":["v"]}""", "value")]
    [InlineData("""{"key":{"bad":1},"value":"v"}""", "key")]
    [InlineData("""{"key":"bad","value":{}}""", "value")]
    [InlineData("""{"Key":"bad","Value":"v"}""", "key", "value")]
    [InlineData("""{"key":"","value":"v"}""", "key")]
    [InlineData("""{"key":"bad\u0000key","value":"v"}""", "key")]
    [InlineData("""{"key":"bad\ud83d","value":"v"}""", "key")]
    [InlineData("""{"key":"bad\udca9\ud83d","value":"v"}""", "key")]
    [InlineData("""{"key":"bad","value":"\ude00"}""", "value")]
    [InlineData("""{"key":"bad","value":"v","\ud800":1}""", "body")]
    [InlineData("""{"\ud800":1,"key":"bad","value":"v"}""", "body")]
    [InlineData("""{"value":"v","\udc00":1}""", "body")]
    public Task What_is_missing_or_not_text_is_named(string body, params string[] fields) =>
        IsRefusedAsync(new StringContent(body, Encoding.UTF8, "application/json"), fields);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("\"key\"")]
    [InlineData("""["bad","v"]""")]
    [InlineData("""[{"key":"bad","value":"v"}]""")]
    [InlineData("""{"key":"bad","value":"v"}}""")]
    [InlineData("""{"key":"bad","value":"v",}""")]
    [InlineData("""{"key":"bad","value":"v" """)]
    [InlineData("""{"key":"bad" /* comment */,"value":"v"}""")]
    [InlineData("""{'key':'bad','value':'v'}""")]
    [InlineData("key=bad&value=v")]
    public Task A_body_that_is_not_a_JSON_object_is_refused(string body) =>
        IsRefusedAsync(new StringContent(body, Encoding.UTF8, "application/json"), "body");

    // A document of JSON costs time in the square of its depth.
    [Theory]
    [InlineData(65)]
    [InlineData(100_000)]
    public async Task A_body_nested_beyond_reason_is_refused(int depth)
    {
        var nested = $"{new string('[', depth)}{new string(']', depth)}";

        await IsRefusedAsync(new StringContent(nested, Encoding.UTF8, "application/json"), "body");
        await IsRefusedAsync(new StringContent($$"""{"key":"bad","value":"v","x":{{nested}}}""", Encoding.UTF8, "application/json"), "body");
    }

    [Fact]
    public Task No_body_is_refused() => IsRefusedAsync(null, "body");

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("not a content type")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=\"UTF-16LE\"")]
    public Task Another_content_type_is_refused(string contentType)
    {
        var content = new ByteArrayContent("""{"key":"bad","value":"v"}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return IsRefusedAsync(content, "body");
    }

    [Fact]
    public async Task A_body_that_is_said_not_to_be_encoded_is_taken()
    {
        var content = new ByteArrayContent("""{"key":"plain","value":"v"}"""u8.ToArray()) { Headers = { ContentType = new("application/json") } };
        content.Headers.ContentEncoding.Add("identity");

        (await cluster.Client.CallAsync(HttpMethod.Post, "/keys", content)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public Task A_compressed_body_is_refused()
    {
        var content = new ByteArrayContent("""{"key":"bad","value":"v"}"""u8.ToArray()) { Headers = { ContentType = new("application/json") } };
        content.Headers.ContentEncoding.Add("gzip");
        return IsRefusedAsync(content, "body");
    }

    // A page can have a browser send this anywhere without asking, which it cannot with application/json.
    [Fact]
    public async Task A_page_of_another_site_cannot_write_by_leaving_the_content_type_out()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/keys") { Content = new ByteArrayContent("""{"key":"bad","value":"v"}"""u8.ToArray()) };
        request.Headers.Add("Origin", "http://elsewhere.example");

        using var response = await cluster.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        (await cluster.Client.ReadAsync("bad")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    [Theory]
    [InlineData("""{"value":"v"}""", "missing")]
    [InlineData("""{"key":null,"value":"v"}""", "null")]
    [InlineData("""[1]""", "an array")]
    public async Task What_is_wrong_is_called_by_its_name(string body, string name)
    {
        var answer = await cluster.Client.CallAsync(HttpMethod.Post, "/keys", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Contains(name, answer.IsProblem(HttpStatusCode.UnprocessableEntity).Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_nobody_knows_may_be_nested()
    {
        var body = $$"""{"deep":{{new string('[', 60)}}{{new string(']', 60)}},"key":"deep","value":"v"}""";

        (await cluster.Client.CallAsync(HttpMethod.Post, "/keys", new StringContent(body, Encoding.UTF8, "application/json"))).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("value")]
    public Task Bytes_that_are_not_UTF8_are_refused(string field)
    {
        var bytes = Encoding.UTF8.GetBytes(field == "key" ? """{"key":"bad#","value":"v"}""" : """{"key":"bad","value":"v#"}""");
        bytes[bytes.IndexOf((byte)'#')] = 0xFF;
        return IsRefusedAsync(new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } }, field);
    }

    private async Task IsRefusedAsync(HttpContent? content, params string[] fields)
    {
        var before = await LogEndAsync();

        var answer = await cluster.Client.CallAsync(HttpMethod.Post, "/keys", content);

        var problem = answer.IsUnprocessable(fields);
        Assert.False(problem.Has("outcome"));
        Assert.Equal(before, await LogEndAsync());
        (await cluster.Client.ReadAsync("bad")).IsProblem(HttpStatusCode.NotFound, "Key not found");
    }

    private async Task<long> LogEndAsync() => (await cluster.Client.FetchAsync("/")).Json.Number("last_lsn");
}

using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.ServiceDefaults;

public sealed class HttpClientTests
{
    private const string LaneClient = "replication";

    // The header names of every request to the busy service, which answers the first two with 503 and the third with 200.
    private readonly ConcurrentQueue<ICollection<string>> _requests = new();

    [Fact]
    public async Task A_POST_that_gets_503_is_sent_once()
    {
        await using var busy = await StartBusyAsync();
        await using var caller = await StartCallerAsync(busy);

        var response = await Client(caller, "").PostAsync("http://follower1/write", content: null);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(_requests);
    }

    [Fact]
    public async Task A_GET_that_gets_503_is_sent_again()
    {
        await using var busy = await StartBusyAsync();
        await using var caller = await StartCallerAsync(busy);

        var response = await Client(caller, "").GetAsync("http://follower1/read");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, _requests.Count);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_client_without_resilience_sends_once_to_the_discovered_address(string method)
    {
        await using var busy = await StartBusyAsync();
        await using var caller = await StartCallerAsync(busy);

        var response = await Client(caller, LaneClient).SendAsync(new HttpRequestMessage(new HttpMethod(method), "http://follower1/replicate"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var request = Assert.Single(_requests);
        Assert.DoesNotContain("traceparent", request);
    }

    private static HttpClient Client(TestService caller, string name) => caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    private static Task<TestService> StartCallerAsync(TestService busy) => TestService.StartAsync(
        new() { ["services:follower1:http:0"] = busy.Address },
        builder => builder.Services.AddHttpClient(LaneClient)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                ActivityHeadersPropagator = null,
                ConnectTimeout = TimeSpan.FromSeconds(1),
                MaxConnectionsPerServer = 4,
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .WithoutResilience()
            .RemoveAllLoggers());

    private Task<TestService> StartBusyAsync() => TestService.StartAsync(map: app => app.Map("{**path}", (HttpRequest request) =>
    {
        _requests.Enqueue([.. request.Headers.Keys]);
        return Results.StatusCode(_requests.Count < 3 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }));
}

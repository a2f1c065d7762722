using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace KvStore.Tests.ServiceDefaults;

public sealed class DefaultEndpointsTests
{
    [Fact]
    public async Task A_service_in_production_answers_on_all_three()
    {
        await using var service = await TestService.StartAsync();
        using var client = new HttpClient { BaseAddress = new(service.Address) };

        Assert.True(service.App.Environment.IsProduction());
        Assert.Equal("Healthy", await client.GetStringAsync("/health"));
        Assert.Equal("Healthy", await client.GetStringAsync("/alive"));
        Assert.Contains("target_info", await client.GetStringAsync("/metrics"));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/metrics")]
    public async Task They_answer_no_other_method_than_GET(string path)
    {
        await using var service = await TestService.StartAsync();
        using var client = new HttpClient { BaseAddress = new(service.Address) };

        var response = await client.PostAsync(path, content: null);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_service_that_is_not_ready_is_alive()
    {
        await using var service = await TestService.StartAsync(configure: builder =>
            builder.Services.AddHealthChecks().AddCheck("disk", () => HealthCheckResult.Unhealthy()));
        using var client = new HttpClient { BaseAddress = new(service.Address) };

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive")).StatusCode);
    }

    [Fact]
    public async Task A_service_may_map_a_health_of_its_own()
    {
        var builder = TestService.Builder();
        builder.AddServiceDefaults();
        await using var app = builder.Build();
        app.MapDefaultEndpoints(mapHealth: false);
        app.MapGet("/health", () => Results.Ok(new { status = "healthy" }));
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new(app.Urls.First()) };

        Assert.Equal("""{"status":"healthy"}""", await client.GetStringAsync("/health"));
        Assert.Equal("Healthy", await client.GetStringAsync("/alive"));
    }

    [Fact]
    public async Task A_meter_of_our_own_is_scraped_with_the_buckets_that_its_histogram_advises()
    {
        await using var service = await TestService.StartAsync();
        using var client = new HttpClient { BaseAddress = new(service.Address) };
        using var meter = new Meter("KvStore.Tests.Buckets");
        meter.CreateHistogram("kvstore.tests.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 7] })
            .Record(0.0001);

        var scraped = await client.GetStringAsync("/metrics");

        var bounds = scraped.Split('\n')
            .Where(line => line.StartsWith("kvstore_tests_duration_seconds_bucket", StringComparison.Ordinal))
            .Select(line => line.Split("le=\"")[1].Split('"')[0]);
        Assert.Equal(["0.0005", "7", "+Inf"], bounds);
    }
}

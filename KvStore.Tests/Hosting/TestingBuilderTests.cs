using System.Net;

namespace KvStore.Tests.Hosting;

/// <summary>The AppHost in a test: its own entry point, on free ports.</summary>
public sealed class TestingBuilderTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string _dataPath = Directory.CreateTempSubdirectory("kvstore-testing-").FullName;

    [Fact]
    public async Task The_whole_cluster_becomes_healthy_on_ports_of_its_own_and_answers_clients_by_name()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.KvStore_AppHost>(
            [
                $"--Data:Path={_dataPath}", "--Parameters:max-delay-ms=0", "--Parameters:cluster-secret=a-secret-of-the-tests-that-is-long-enough",
                "--Parameters:dashboard-token=a-token-of-the-tests-that-is-long-enough", "--Parameters:otlp-api-key=a-key-of-the-tests-that-is-long-enough",
            ]);
        await using var app = await builder.BuildAsync();

        await app.StartAsync().WaitAsync(Deadline);

        foreach (var name in new[] { "leader", "follower1", "follower2", "follower3", "follower4", "follower5" })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name).WaitAsync(Deadline);
            using var client = app.CreateHttpClient(name);
            using var response = await client.GetAsync(new Uri("/health", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.DoesNotContain(app.GetEndpoint(name).Port, Enumerable.Range(8000, 6));
        }
    }

    [Fact]
    public async Task An_application_that_is_never_started_has_no_addresses_and_can_be_disposed()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.KvStore_AppHost>([$"--Data:Path={_dataPath}"]);
        await using var app = await builder.BuildAsync();

        Assert.Throws<InvalidOperationException>(() => app.GetEndpoint("leader"));
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("nobody"));
    }

    [Fact]
    public async Task An_assembly_without_an_entry_point_is_refused() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => DistributedApplicationTestingBuilder.CreateAsync<DistributedApplicationException>([]));

    public void Dispose() => Directory.Delete(_dataPath, recursive: true);
}

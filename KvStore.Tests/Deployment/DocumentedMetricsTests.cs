using System.Net;
using System.Text.RegularExpressions;
using KvStore.Tests.Api;

namespace KvStore.Tests.Deployment;

/// <summary>An alert on a metric that there is not never fires.</summary>
public sealed partial class DocumentedMetricsTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task Every_metric_that_an_alert_asks_for_is_one_of_the_leaders()
    {
        var alerts = File.ReadAllLines(Repository.PathOf("docs", "operations.md")).Where(line => line.StartsWith('|'));
        var asked = alerts.SelectMany(line => MetricName().Matches(line)).Select(match => match.Value).Distinct().ToList();
        (await cluster.Client.PutAsync("k", "v")).Is(HttpStatusCode.OK);

        var metrics = await cluster.Client.GetStringAsync("/metrics");

        Assert.NotEmpty(asked);
        Assert.All(asked, name => Assert.Matches($@"(?m)^{name}\{{", metrics));
    }

    [GeneratedRegex(@"\b(?:kvstore|dotnet)_\w+(?=[\[{ ])")]
    private static partial Regex MetricName();
}

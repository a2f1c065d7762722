using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace KvStore.ServiceDefaults.Hosting;

/// <summary>Readiness and liveness: every check decides on the first, only those tagged <c>live</c> on the second.</summary>
internal static class HealthExtensions
{
    private const string LiveTag = "live";

    public static void AddHealth(this IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);

    public static void MapHealth(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapHealthChecks("/health").ForProbes();

    public static void MapAlive(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).ForProbes();

    /// <summary>
    /// GET and HEAD only, since the middleware behind these endpoints would answer any method, and not in the request metrics:
    /// a probe a second would hide what the service's users see. Probes do not log in.
    /// </summary>
    public static void ForProbes(this IEndpointConventionBuilder endpoint) =>
        endpoint.WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head])).AllowAnonymous().DisableHttpMetrics();
}

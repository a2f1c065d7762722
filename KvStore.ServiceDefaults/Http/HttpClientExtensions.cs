using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;

namespace KvStore.ServiceDefaults.Http;

/// <summary>What every <see cref="HttpClient"/> of a service gets.</summary>
internal static class HttpClientExtensions
{
    public static void AddHttpClientDefaults(this IHostApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            // HONEST: a POST that failed may have been carried out, so only its sender may decide to send it again.
            // A circuit for each peer: one that is down must not cut off the others.
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods()).SelectPipelineByAuthority();
            http.AddServiceDiscovery();
        });
    }
}

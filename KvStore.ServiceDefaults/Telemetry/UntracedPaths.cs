using System.Diagnostics;
using OpenTelemetry.Trace;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Requests that get no span: probes, scrapes and replication. Replication carries many writes in one request, so each write's spans hang
/// on the context inside its entry, and a span for the request would belong to none of them.
/// </summary>
internal static class UntracedPaths
{
    private const string Replication = "/replicate";

    private static readonly string[] Probes = ["/health", "/alive", "/metrics"];

    /// <summary>
    /// Lets ASP.NET Core give the path of a request to the sampler, which .NET 10 keeps back unless asked. Only the sampler can leave a
    /// request out before it has taken one of the second's traces from a request that somebody wants to see.
    /// </summary>
    public static void ShowPathsToSampler() =>
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

    /// <summary>Whether a request of an <see cref="HttpClient"/> may have a span.</summary>
    public static bool Allow(HttpRequestMessage request) => request.RequestUri is not { IsAbsoluteUri: true } uri || !Contains(uri.AbsolutePath);

    /// <summary>Whether a path gets no span; everything under <c>/replicate/</c> counts as <c>/replicate</c>.</summary>
    public static bool Contains(ReadOnlySpan<char> path)
    {
        if (path.StartsWith(Replication, StringComparison.OrdinalIgnoreCase))
        {
            return path.Length == Replication.Length || path[Replication.Length] == '/';
        }

        foreach (var probe in Probes)
        {
            if (path.Equals(probe, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether what is about to start is a request to such a path.</summary>
    public static bool Contains(in SamplingParameters parameters)
    {
        if (parameters.Kind != ActivityKind.Server || parameters.Tags is null)
        {
            return false;
        }

        foreach (var (key, value) in parameters.Tags)
        {
            if (key == "url.path")
            {
                return value is string path && Contains(path);
            }
        }

        return false;
    }
}

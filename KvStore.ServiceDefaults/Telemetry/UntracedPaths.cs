using Microsoft.AspNetCore.Http;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// Requests that get no span: probes, scrapes, what a dashboard polls, a login with its token, and replication. Replication carries many writes in one request, so each write's spans hang
/// on the context inside its entry, and a span for the request would belong to none of them.
/// </summary>
internal static class UntracedPaths
{
    private const string Replication = "/replicate";

    private static readonly string[] Paths = ["/health", "/alive", "/metrics", "/replication", "/replication/writes", "/login"];

    /// <summary>Whether a request to this service may have a span.</summary>
    public static bool Allow(HttpContext context) => !Contains(context.Request.Path.Value);

    /// <summary>Whether a request of an <see cref="HttpClient"/> may have a span.</summary>
    public static bool Allow(HttpRequestMessage request) => request.RequestUri is not { IsAbsoluteUri: true } uri || !Contains(uri.AbsolutePath);

    /// <summary>Whether a path gets no span; everything under <c>/replicate/</c> counts as <c>/replicate</c>.</summary>
    public static bool Contains(ReadOnlySpan<char> path)
    {
        if (path.StartsWith(Replication, StringComparison.OrdinalIgnoreCase))
        {
            return path.Length == Replication.Length || path[Replication.Length] == '/';
        }

        foreach (var untraced in Paths)
        {
            if (path.Equals(untraced, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

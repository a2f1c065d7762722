using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KvStore.Node.Api;

/// <summary>
/// Short requests run to their end on the thread that reads the sockets. By default each is handed from that thread to one of the
/// pool for the socket, to another for the request, and from the commit thread to a third for the answer; each hop is a context
/// switch, and they were a fifth of a follower's CPU. See docs/performance.md for the figures.
/// </summary>
/// <remarks>
/// Whatever runs on a socket's thread keeps the thread's other sockets waiting, so it must not block and must be short. The
/// requests that are neither leave for the pool first (<see cref="UseShortRequestsInPlace"/>).
/// </remarks>
internal static class SocketThreads
{
    /// <summary>So many bytes are decoded in a fraction of a millisecond; what is longer leaves for the pool first.</summary>
    public const int ShortBytesMax = 64 << 10;

    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Lets what waits for a socket go on in the thread that sees it ready. The runtime reads this once, before the first socket.</summary>
    public static void RunContinuationsInPlace()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }
    }

    /// <summary>The server's sockets: no hop to the pool, and one system call less to receive a request, for 4 KiB a connection.</summary>
    public static void Configure(SocketTransportOptions sockets)
    {
        sockets.UnsafePreferInlineScheduling = true;
        sockets.WaitForDataBeforeAllocatingBuffer = false;
    }

    /// <summary>Takes all requests but writes, reads of a key and replication to the pool: those that list, scan, copy or are rare.</summary>
    public static IApplicationBuilder UseShortRequestsInPlace(this IApplicationBuilder app) =>
        app.Use((context, next) => IsShort(context.Request) ? next(context) : RunInPoolAsync(context, next));

    private static async Task RunInPoolAsync(HttpContext context, RequestDelegate next)
    {
        await Task.Yield();
        await next(context);
    }

    private static bool IsShort(HttpRequest request) => request.Path.Value is { } path
        && (path == "/keys" ? HttpMethods.IsPost(request.Method)
            : path.StartsWith("/keys/", StringComparison.Ordinal) || path.StartsWith("/replicate", StringComparison.Ordinal) || path == "/alive");
}

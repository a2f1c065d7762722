using System.Net;
using System.Net.NetworkInformation;

namespace KvStore.Analysis.Processes;

/// <summary>Ports of the loopback address on which nobody listens.</summary>
internal static class FreePorts
{
    // Below what operating systems give to outgoing connections (Linux from 32768 on), and above the stores' default ports.
    private const int First = 20_000;
    private const int Count = 10_000;

    private static int _taken = Random.Shared.Next(Count); // Another run on the same machine begins elsewhere.

    /// <summary>Takes one; this process gets each only once.</summary>
    public static int Take()
    {
        var used = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        for (var left = Count; left > 0; left--)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _taken) % Count);
            if (!used.Contains(port))
            {
                return port;
            }
        }

        throw new AnalysisException($"Every port from {First} to {First + Count - 1} is in use.");
    }

    /// <summary>The loopback address with such a port.</summary>
    public static IPEndPoint TakeEndPoint() => new(IPAddress.Loopback, Take());
}

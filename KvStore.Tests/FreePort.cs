using System.Net;
using System.Net.Sockets;

namespace KvStore.Tests;

/// <summary>
/// Ports for the nodes of tests, each given once. Port 0 would come from the range that also serves outgoing connections and
/// everybody else's port 0: what a stopped node leaves could go to a node of another test, and the leader that looks for
/// the stopped one would find that.
/// </summary>
internal static class FreePort
{
    // Below what operating systems give away (Linux from 32768 on) and what the application's own tests take (from 15000 on).
    private const int First = 9_000;
    private const int Count = 6_000;

    private static int _taken = Random.Shared.Next(Count); // Another run on the same machine begins elsewhere.

    /// <summary>The next port of the loopback address that nobody listens on.</summary>
    public static int Take()
    {
        for (var left = Count; left > 0; left--)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _taken) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"Every port from {First} to {First + Count - 1} is in use.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false; // Windows keeps some ports to itself.
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace KvStore.Tests.Replication;

/// <summary>Two ends of a TCP connection in this process.</summary>
internal sealed class Connection : IDisposable
{
    private Connection(Socket near, Socket far) => (Near, Far) = (new NetworkStream(near, ownsSocket: true), new NetworkStream(far, ownsSocket: true));

    public NetworkStream Near { get; }

    public NetworkStream Far { get; }

    public static async Task<Connection> OpenAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndpoint);
        return new Connection(near, await listener.AcceptSocketAsync());
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;

namespace KvStore.Tests.Api;

/// <summary>An address that refuses connections for as long as it is held: the port is taken, and nobody listens.</summary>
internal sealed class DeadAddress : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes a free port, or <paramref name="port"/>.</summary>
    public DeadAddress(int port = 0) => _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}";

    public void Dispose() => _socket.Dispose();
}

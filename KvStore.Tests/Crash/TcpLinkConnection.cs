using System.Net.Sockets;

namespace KvStore.Tests.Crash;

/// <summary>
/// One connection through a <see cref="TcpLink"/>. The end of a stream and a reset travel like bytes: past a closed valve
/// the other side hears of neither.
/// </summary>
internal sealed class TcpLinkConnection(Socket leader, Valve requests, Valve answers) : IDisposable
{
    private const int BufferBytes = 64 << 10;

    private readonly Socket _follower = new(SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Connects to the follower and passes bytes on until both sides have ended.</summary>
    public async Task RunAsync(Uri follower, CancellationToken cancellationToken)
    {
        try
        {
            leader.NoDelay = _follower.NoDelay = true;
            if (await TryConnectAsync(follower, cancellationToken))
            {
                await Task.WhenAll(PassAsync(leader, _follower, requests, cancellationToken), PassAsync(_follower, leader, answers, cancellationToken));
            }
            else
            {
                Reset();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The link ends, or this connection was reset.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Breaks the connection off, on both sides.</summary>
    public void Reset()
    {
        Reset(leader);
        Reset(_follower);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        leader.Dispose();
        _follower.Dispose();
    }

    private async Task<bool> TryConnectAsync(Uri follower, CancellationToken cancellationToken)
    {
        try
        {
            await _follower.ConnectAsync(follower.Host, follower.Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            await answers.PassAsync(cancellationToken);
            return false;
        }
    }

    private static async Task PassAsync(Socket from, Socket to, Valve valve, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        while (true)
        {
            var count = await TryReceiveAsync(from, buffer, cancellationToken);
            await valve.PassAsync(cancellationToken);
            if (count is null)
            {
                Reset(to);
                return;
            }

            if (count == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            if (!await TrySendAsync(to, buffer.AsMemory(0, count.Value), cancellationToken))
            {
                return; // Whoever is gone there is seen by the other direction, whose valve decides when it is heard of here.
            }
        }
    }

    // Null when the connection was reset.
    private static async Task<int?> TryReceiveAsync(Socket from, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await from.ReceiveAsync(buffer, cancellationToken);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task<bool> TrySendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await to.SendAsync(bytes, cancellationToken)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Gone already.
        }

        socket.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;

namespace KvStore.Tests.Crash;

/// <summary>
/// The network between the leader and one follower: a TCP proxy that can be cut and healed. What a cut holds up arrives when
/// the link is healed, also when its sender has given up or is dead by then, as late packets do.
/// </summary>
internal sealed class TcpLink : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Uri> _follower;
    private readonly Valve _requests = new();
    private readonly Valve _answers = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<TcpLinkConnection, Task> _connections = [];
    private readonly Task _accepting;
    private bool _isReset;

    /// <summary>Starts a link that is whole.</summary>
    /// <param name="follower">Where the follower really is, asked for each connection: it is not known before the cluster runs.</param>
    public TcpLink(Func<Uri> follower)
    {
        _follower = follower;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = $"http://{_listener.LocalEndPoint}";
        _accepting = AcceptAsync();
    }

    /// <summary>Where the leader finds the follower.</summary>
    public string Address { get; }

    /// <summary>Cuts the link; a link that is cut already is cut this way from now on.</summary>
    public void Cut(LinkCut how)
    {
        List<TcpLinkConnection> broken;
        lock (_gate)
        {
            _isReset = how == LinkCut.Reset;
            Set(_requests, isOpen: how is LinkCut.LostAnswers or LinkCut.Reset);
            Set(_answers, isOpen: how is LinkCut.LostRequests or LinkCut.Reset);
            broken = _isReset ? [.. _connections.Keys] : [];
        }

        broken.ForEach(connection => connection.Reset());
    }

    /// <summary>Makes the link whole.</summary>
    public void Heal()
    {
        lock (_gate)
        {
            _isReset = false;
            _requests.Open();
            _answers.Open();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting;
        _listener.Dispose();
        Task[] running;
        lock (_gate)
        {
            running = [.. _connections.Values];
        }

        await Task.WhenAll(running);
        _ending.Dispose();
    }

    private static void Set(Valve valve, bool isOpen)
    {
        if (isOpen)
        {
            valve.Open();
        }
        else
        {
            valve.Close();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Begin(new TcpLinkConnection(await _listener.AcceptAsync(_ending.Token), _requests, _answers));
            }
        }
        catch (OperationCanceledException)
        {
            // The link ends.
        }
    }

    private void Begin(TcpLinkConnection connection)
    {
        lock (_gate)
        {
            if (_isReset)
            {
                connection.Reset();
            }
            else
            {
                _connections.Add(connection, Task.Run(() => RunAsync(connection)));
            }
        }
    }

    private async Task RunAsync(TcpLinkConnection connection)
    {
        await connection.RunAsync(_follower(), _ending.Token);
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }
}

using System.Net;
using System.Net.Sockets;
using KvStore.Analysis.Bench.Protocols;

namespace KvStore.Analysis.Bench.Load;

/// <summary>Connections over plain sockets: one system call to send, one to receive, and one to wait for all of them.</summary>
internal sealed class SocketConnections : IConnections
{
    private const int ReceiveBytes = 16 * 1024;
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(10);

    private readonly IPEndPoint _server;
    private readonly Func<Conversation> _converse;
    private readonly Connection[] _connections;
    private readonly SocketWait _wait;
    private readonly List<int> _ready = [];
    private readonly List<Answer> _failedToSend = [];

    /// <summary>Opens them.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="count">How many.</param>
    /// <param name="converse">Makes the conversation of a connection.</param>
    /// <exception cref="SocketException">The server does not take them.</exception>
    public SocketConnections(IPEndPoint server, int count, Func<Conversation> converse)
    {
        _server = server;
        _converse = converse;
        _connections = new Connection[count];
        _wait = new(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                Open(i);
            }
        }
        catch (SocketException)
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public int Count => _connections.Length;

    /// <inheritdoc />
    public void Send(int connection, Request request)
    {
        try
        {
            if (!_connections[connection].Socket.Connected)
            {
                Open(connection);
            }

            _connections[connection].Send(request);
        }
        catch (SocketException e)
        {
            _failedToSend.Add(new(connection, e.Message));
            Close(connection);
        }
    }

    /// <inheritdoc />
    public void Wait(TimeSpan atMost, List<Answer> answers)
    {
        if (_failedToSend.Count > 0)
        {
            // A server that is gone refuses at once; without a pause the refusals would take the whole processor.
            atMost = atMost < PauseAfterRefusal ? atMost : PauseAfterRefusal;
            answers.AddRange(_failedToSend);
            _failedToSend.Clear();
        }

        _ready.Clear();
        _wait.Wait(atMost, _ready);
        foreach (var i in _ready)
        {
            var connection = _connections[i];
            var wasWaiting = connection.IsWaiting;
            var state = connection.Receive();
            if (state == AnswerState.Broken)
            {
                Close(i);
            }

            if (wasWaiting && state != AnswerState.Incomplete)
            {
                answers.Add(new(i, state == AnswerState.Good ? null : connection.Error));
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection?.Socket.Dispose();
        }
    }

    private void Open(int index)
    {
        var socket = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _connections[index]?.Socket.Dispose();
        _connections[index] = new(socket, _converse());
        socket.Connect(_server);
        socket.Blocking = false;
        _wait.Set(index, socket);
    }

    private void Close(int index)
    {
        _wait.Set(index, null);
        _connections[index].Socket.Dispose();
    }

    private sealed class Connection(Socket socket, Conversation conversation)
    {
        private readonly byte[] _request = new byte[conversation.RequestBytesMax];
        private byte[] _received = new byte[ReceiveBytes];
        private int _filled;

        public Socket Socket { get; } = socket;

        public bool IsWaiting { get; private set; }

        public string Error { get; private set; } = "";

        public void Send(Request request)
        {
            var rest = _request.AsSpan(0, conversation.Write(request, _request));
            while (!rest.IsEmpty)
            {
                var sent = Socket.Send(rest, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                {
                    Socket.Poll(-1, SelectMode.SelectWrite); // Only a value larger than the socket's buffer gets here.
                }
                else if (error != SocketError.Success)
                {
                    throw new SocketException((int)error);
                }

                rest = rest[sent..];
            }

            IsWaiting = true;
        }

        public AnswerState Receive()
        {
            var count = Socket.Receive(_received.AsSpan(_filled), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return AnswerState.Incomplete;
            }

            if (error != SocketError.Success || count == 0)
            {
                Error = error == SocketError.Success ? "The server closed the connection." : new SocketException((int)error).Message;
                return AnswerState.Broken;
            }

            _filled += count;
            var state = conversation.Read(_received.AsSpan(0, _filled), out var consumed);
            _received.AsSpan(consumed, _filled - consumed).CopyTo(_received);
            _filled -= consumed;
            if (_filled == _received.Length)
            {
                Array.Resize(ref _received, _filled * 2);
            }

            IsWaiting &= state == AnswerState.Incomplete;
            Error = conversation.Error;
            return state;
        }
    }
}

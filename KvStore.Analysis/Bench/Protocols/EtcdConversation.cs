using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>
/// etcd's protocol: gRPC over HTTP/2, by hand, since a client library would take more of the machine than the servers do. A write
/// is good when its answer is there, which etcd gives when a majority of its members have it on disk; a read when there is a value.
/// </summary>
internal sealed class EtcdConversation : Conversation
{
    private const string GoneAway = "etcd gave up the connection.";
    private const int MessageHeadBytes = 5;
    private const int PingBytes = 8;
    private const int ControlBytesMax = 1024;

    private readonly KeysAndValues _content;
    private readonly byte[] _putHeaders;
    private readonly byte[] _rangeHeaders;
    private readonly byte[] _control = new byte[ControlBytesMax];
    private readonly List<byte> _message = [];
    private RequestKind _asked;
    private int _controlBytes;
    private int _stream = -1;
    private int _windowUsedBytes;

    public EtcdConversation(Workload workload, IPEndPoint server, int seed)
    {
        _content = new(workload.ValueBytes, seed);
        _putHeaders = Http2.CallHeaders(server.ToString(), "/etcdserverpb.KV/Put");
        _rangeHeaders = Http2.CallHeaders(server.ToString(), "/etcdserverpb.KV/Range");
        Owe(Http2.Greeting());
    }

    /// <inheritdoc />
    public override int RequestBytesMax => ControlBytesMax + _rangeHeaders.Length + (2 * Frame.HeadBytes) + MessageHeadBytes + KeysAndValues.KeyBytes + _content.ValueBytes + 8;

    /// <inheritdoc />
    public override int Write(Request request, Span<byte> to)
    {
        _asked = request.Kind;
        _message.Clear();
        _stream += 2;

        // What is owed to the server since the last request, such as the acknowledgement of a ping, goes with this one.
        _control.AsSpan(0, _controlBytes).CopyTo(to);
        var at = _controlBytes;
        _controlBytes = 0;

        var headers = _asked == RequestKind.Read ? _rangeHeaders : _putHeaders;
        new Frame(FrameType.Headers, Frame.EndHeaders, _stream, headers.Length).Write(to[at..]);
        headers.CopyTo(to[(at + Frame.HeadBytes)..]);
        at += Frame.HeadBytes + headers.Length;

        var message = to[(at + Frame.HeadBytes + MessageHeadBytes)..];
        var length = WriteKeyAndValue(request, message);
        new Frame(FrameType.Data, Frame.EndStream, _stream, MessageHeadBytes + length).Write(to[at..]);
        to[at + Frame.HeadBytes] = 0; // Not compressed.
        BinaryPrimitives.WriteInt32BigEndian(to[(at + Frame.HeadBytes + 1)..], length);
        return at + Frame.HeadBytes + MessageHeadBytes + length;
    }

    /// <inheritdoc />
    public override AnswerState Read(ReadOnlySpan<byte> received, out int consumed)
    {
        consumed = 0;
        while (received.Length >= consumed + Frame.HeadBytes)
        {
            var frame = Frame.Read(received[consumed..]);
            if (received.Length < consumed + Frame.HeadBytes + frame.Length)
            {
                break;
            }

            var payload = received.Slice(consumed + Frame.HeadBytes, frame.Length);
            consumed += Frame.HeadBytes + frame.Length;
            if (Take(frame, payload) is { } state)
            {
                return state;
            }
        }

        return AnswerState.Incomplete;
    }

    // PutRequest and RangeRequest: the key is field 1; a PutRequest's value is field 2.
    private int WriteKeyAndValue(Request request, Span<byte> to)
    {
        (to[0], to[1]) = (0x0A, KeysAndValues.KeyBytes);
        KeysAndValues.WriteKey(request, to[2..]);
        var at = 2 + KeysAndValues.KeyBytes;
        if (_asked == RequestKind.Read)
        {
            return at;
        }

        to[at++] = 0x12;
        for (var rest = _content.ValueBytes; ; rest >>= 7)
        {
            to[at++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
            {
                break;
            }
        }

        _content.WriteValue(to[at..]);
        return at + _content.ValueBytes;
    }

    private AnswerState? Take(Frame frame, ReadOnlySpan<byte> payload)
    {
        switch (frame.Type)
        {
            case FrameType.Settings when (frame.Flags & Frame.Ack) == 0:
                Owe(new(FrameType.Settings, Frame.Ack, 0, 0), []);
                return null;
            case FrameType.Ping when (frame.Flags & Frame.Ack) == 0 && payload.Length == PingBytes:
                Owe(new(FrameType.Ping, Frame.Ack, 0, PingBytes), payload);
                return null;
            case FrameType.GoAway:
                return Break(GoneAway);
            case FrameType.ResetStream when frame.Stream == _stream:
                return Judge("etcd reset the request.");
            case FrameType.Data when frame.Stream == _stream && (frame.Flags & Frame.Padded) == 0:
                _message.AddRange(payload);
                CountWindow(payload.Length);
                return null; // A gRPC server ends with trailers.
            case FrameType.Headers when frame.Stream == _stream && (frame.Flags & Frame.EndStream) != 0:
                return Judge(Fault());
            default:
                return null;
        }
    }

    // The status is in the trailers, in HPACK with a table and a Huffman code. It need not be read: a gRPC server sends the message
    // of a call only when the call has succeeded, and etcd's messages begin with a header that is never empty.
    private string? Fault()
    {
        if (_message.Count <= MessageHeadBytes)
        {
            return $"etcd refused a {(_asked == RequestKind.Read ? "read" : "write")}.";
        }

        return _asked == RequestKind.Read && !HasField([.. _message[MessageHeadBytes..]], 2) ? "etcd has no value for a key." : null;
    }

    private static bool HasField(byte[] message, int number)
    {
        var reader = new CodedInputStream(message);
        for (var tag = reader.ReadTag(); tag != 0; tag = reader.ReadTag())
        {
            if (tag >> 3 == number)
            {
                return true;
            }

            reader.SkipLastField();
        }

        return false;
    }

    private void CountWindow(int bytes)
    {
        _windowUsedBytes += bytes;
        if (_windowUsedBytes > Http2.InitialWindowBytes / 2)
        {
            Span<byte> increment = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(increment, _windowUsedBytes);
            Owe(new(FrameType.WindowUpdate, 0, 0, increment.Length), increment);
            _windowUsedBytes = 0;
        }
    }

    private void Owe(Frame frame, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[Frame.HeadBytes + payload.Length];
        frame.Write(bytes);
        payload.CopyTo(bytes.AsSpan(Frame.HeadBytes));
        Owe(bytes);
    }

    private void Owe(ReadOnlySpan<byte> bytes)
    {
        // Between two requests a server has a few words to say; what does not fit is what only a broken one would say.
        if (_controlBytes + bytes.Length <= ControlBytesMax)
        {
            bytes.CopyTo(_control.AsSpan(_controlBytes));
            _controlBytes += bytes.Length;
        }
    }
}

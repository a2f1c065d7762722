using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>KvStore's protocol: JSON over HTTP/1.1 with keep-alive. A write is good when it has its quorum, a read when there is a value.</summary>
internal sealed class KvStoreConversation : Conversation
{
    private readonly Workload _workload;
    private readonly KeysAndValues _content;
    private readonly byte[] _write;
    private readonly byte[] _read;
    private readonly byte[] _alive;
    private readonly int _writeKeyAt;
    private readonly int _writeValueAt;
    private readonly int _readKeyAt;
    private RequestKind _asked;

    public KvStoreConversation(Workload workload, IPEndPoint server, int seed)
    {
        _workload = workload;
        _content = new(workload.ValueBytes, seed);
        var (key, value) = (new string('0', KeysAndValues.KeyBytes), new string('0', workload.ValueBytes));
        var body = $$"""{"key":"{{key}}","value":"{{value}}"}""";
        _write = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"POST /keys HTTP/1.1\r\nHost: {server}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        _writeKeyAt = _write.Length - body.Length + "{'key':'".Length;
        _writeValueAt = _writeKeyAt + KeysAndValues.KeyBytes + "','value':'".Length;
        _read = Encoding.ASCII.GetBytes($"GET /keys/{key} HTTP/1.1\r\nHost: {server}\r\n\r\n");
        _readKeyAt = "GET /keys/".Length;
        _alive = Encoding.ASCII.GetBytes($"GET /alive HTTP/1.1\r\nHost: {server}\r\n\r\n");
    }

    /// <inheritdoc />
    public override int RequestBytesMax => Math.Max(_write.Length, _read.Length);

    /// <inheritdoc />
    public override int Write(Request request, Span<byte> to)
    {
        _asked = request.Kind;
        switch (request.Kind)
        {
            case RequestKind.Write:
                _write.CopyTo(to);
                KeysAndValues.WriteKey(request, to[_writeKeyAt..]);
                _content.WriteValue(to[_writeValueAt..]);
                return _write.Length;
            case RequestKind.Read:
                _read.CopyTo(to);
                KeysAndValues.WriteKey(request, to[_readKeyAt..]);
                return _read.Length;
            default:
                _alive.CopyTo(to);
                return _alive.Length;
        }
    }

    /// <inheritdoc />
    public override AnswerState Read(ReadOnlySpan<byte> received, out int consumed)
    {
        consumed = 0;
        if (!HttpAnswer.TryRead(received, out var answer))
        {
            return AnswerState.Incomplete;
        }

        if (answer.Fault is { } fault)
        {
            return Break(fault);
        }

        consumed = answer.Length;
        if (answer.Status != (int)HttpStatusCode.OK)
        {
            return Judge(string.Create(CultureInfo.InvariantCulture, $"Status {answer.Status}: {Encoding.UTF8.GetString(answer.Body)}"));
        }

        if (_asked == RequestKind.Write && ReplicatedTo(answer.Body) < _workload.WriteQuorum)
        {
            return Judge($"A write was answered with fewer than {_workload.WriteQuorum} confirmations: {Encoding.UTF8.GetString(answer.Body)}");
        }

        return AnswerState.Good;
    }

    private static int ReplicatedTo(ReadOnlySpan<byte> body)
    {
        var name = "\"replicated_to\":"u8;
        var at = body.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(body[(at + name.Length)..], out int count, out _) ? count : -1;
    }
}

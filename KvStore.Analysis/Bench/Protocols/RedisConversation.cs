using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KvStore.Analysis.Bench.Load;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>Redis's protocol, RESP. A write is <c>SET</c> and <c>WAIT</c> in one packet, and good when enough replicas have acknowledged it.</summary>
internal sealed class RedisConversation : Conversation
{
    /// <summary>How long <c>WAIT</c> waits at most: as long as a KvStore leader waits for a quorum.</summary>
    private const int WaitTimeoutMs = 5_000;

    private readonly Workload _workload;
    private readonly KeysAndValues _content;
    private readonly byte[] _write;
    private readonly byte[] _read;
    private readonly int _writeKeyAt;
    private readonly int _writeValueAt;
    private readonly int _readKeyAt;
    private RequestKind _asked;

    public RedisConversation(Workload workload, int seed)
    {
        _workload = workload;
        _content = new(workload.ValueBytes, seed);
        var key = Bulk(new string('0', KeysAndValues.KeyBytes));
        var set = $"*3\r\n{Bulk("SET")}{key}";
        var value = Bulk(new string('0', workload.ValueBytes));
        var wait = $"*3\r\n{Bulk("WAIT")}{Bulk(Text(workload.WriteQuorum))}{Bulk(Text(WaitTimeoutMs))}";
        _write = Encoding.ASCII.GetBytes(set + value + wait);
        _writeKeyAt = set.Length - KeysAndValues.KeyBytes - 2;
        _writeValueAt = set.Length + value.Length - workload.ValueBytes - 2;
        _read = Encoding.ASCII.GetBytes($"*2\r\n{Bulk("GET")}{key}");
        _readKeyAt = _read.Length - KeysAndValues.KeyBytes - 2;
    }

    /// <inheritdoc />
    public override int RequestBytesMax => _write.Length;

    /// <inheritdoc />
    public override int Write(Request request, Span<byte> to)
    {
        _asked = request.Kind;
        if (request.Kind == RequestKind.Read)
        {
            _read.CopyTo(to);
            KeysAndValues.WriteKey(request, to[_readKeyAt..]);
            return _read.Length;
        }

        _write.CopyTo(to);
        KeysAndValues.WriteKey(request, to[_writeKeyAt..]);
        _content.WriteValue(to[_writeValueAt..]);
        return _write.Length;
    }

    /// <inheritdoc />
    public override AnswerState Read(ReadOnlySpan<byte> received, out int consumed)
    {
        consumed = 0;
        if (!TryReadLine(received, out var first))
        {
            return AnswerState.Incomplete;
        }

        if (_asked == RequestKind.Read)
        {
            return ReadValue(received, first, out consumed);
        }

        var rest = received[(first.Length + 2)..];
        if (!TryReadLine(rest, out var second))
        {
            return AnswerState.Incomplete;
        }

        consumed = first.Length + second.Length + 4;
        if (!first.SequenceEqual("+OK"u8))
        {
            return Judge($"SET was answered with {Encoding.UTF8.GetString(first)}");
        }

        return second is [(byte)':', ..] && Utf8Parser.TryParse(second[1..], out int replicas, out _) && replicas >= _workload.WriteQuorum
            ? AnswerState.Good
            : Judge($"WAIT {_workload.WriteQuorum} was answered with {Encoding.UTF8.GetString(second)}");
    }

    private AnswerState ReadValue(ReadOnlySpan<byte> received, ReadOnlySpan<byte> first, out int consumed)
    {
        consumed = first.Length + 2;
        if (first is not [(byte)'$', ..] || !Utf8Parser.TryParse(first[1..], out int length, out _) || length < 0)
        {
            return Judge($"GET was answered with {Encoding.UTF8.GetString(first)}");
        }

        consumed += length + 2;
        if (received.Length < consumed)
        {
            consumed = 0;
            return AnswerState.Incomplete;
        }

        return AnswerState.Good;
    }

    private static bool TryReadLine(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> line)
    {
        var end = bytes.IndexOf("\r\n"u8);
        line = end < 0 ? [] : bytes[..end];
        return end >= 0;
    }

    private static string Bulk(string text) => string.Create(CultureInfo.InvariantCulture, $"${text.Length}\r\n{text}\r\n");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

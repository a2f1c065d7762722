using System.Buffers.Text;
using System.Globalization;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>Reads an HTTP/1.1 answer out of the bytes at hand: as much of HTTP as a server's answers to keep-alive requests have.</summary>
internal readonly ref struct HttpAnswer
{
    private static ReadOnlySpan<byte> EndOfLine => "\r\n"u8;

    /// <summary>The status code; 0 when <see cref="Fault"/> says why there is none.</summary>
    public int Status { get; private init; }

    /// <summary>The body, without the framing of chunks.</summary>
    public ReadOnlySpan<byte> Body { get; private init; }

    /// <summary>How many bytes the answer has in all.</summary>
    public int Length { get; private init; }

    /// <summary>What makes the bytes no answer.</summary>
    public string? Fault { get; private init; }

    /// <summary>Reads an answer.</summary>
    /// <returns>Whether it is there as a whole, or never will be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HttpAnswer answer)
    {
        answer = default;
        var headerBytes = bytes.IndexOf("\r\n\r\n"u8);
        if (headerBytes < 0)
        {
            return false;
        }

        var lines = bytes[..headerBytes];
        var body = bytes[(headerBytes + 4)..];
        if (!lines.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(lines[9..], out int status, out var digits) || digits != 3)
        {
            answer = new() { Fault = "The server's answer is not HTTP/1.1." };
            return true;
        }

        if (Header(lines, "content-length"u8) is { IsEmpty: false } length)
        {
            if (!Utf8Parser.TryParse(length, out int bodyBytes, out var read) || read != length.Length || bodyBytes < 0)
            {
                answer = new() { Fault = "The Content-Length of the server's answer is not a number." };
                return true;
            }

            answer = new() { Status = status, Body = body[..Math.Min(bodyBytes, body.Length)], Length = headerBytes + 4 + bodyBytes };
            return body.Length >= bodyBytes;
        }

        if (Header(lines, "transfer-encoding"u8).SequenceEqual("chunked"u8))
        {
            return TryReadChunks(body, status, headerBytes + 4, out answer);
        }

        answer = new() { Fault = string.Create(CultureInfo.InvariantCulture, $"The server's answer {status} has neither Content-Length nor chunks.") };
        return true;
    }

    private static bool TryReadChunks(ReadOnlySpan<byte> bytes, int status, int headerBytes, out HttpAnswer answer)
    {
        answer = default;
        var at = 0;
        ReadOnlySpan<byte> body = [];
        while (true)
        {
            var line = bytes[at..].IndexOf(EndOfLine);
            if (line < 0)
            {
                return false;
            }

            if (!Utf8Parser.TryParse(bytes.Slice(at, line), out int size, out _, 'x') || size < 0)
            {
                answer = new() { Fault = "A chunk of the server's answer has no size." };
                return true;
            }

            at += line + 2;
            if (bytes.Length - at < size + 2L)
            {
                return false;
            }

            if (!bytes[(at + size)..].StartsWith(EndOfLine))
            {
                // Trailers come in place of the empty line, and no server that is measured here sends any.
                answer = new() { Fault = "A chunk of the server's answer is longer than it says, or trailers follow." };
                return true;
            }

            var chunk = bytes.Slice(at, size);
            at += size + 2;
            if (size == 0)
            {
                answer = new() { Status = status, Body = body, Length = headerBytes + at };
                return true;
            }

            body = body.IsEmpty ? chunk : (byte[])[.. body, .. chunk];
        }
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name)
    {
        for (var end = lines.IndexOf(EndOfLine); end >= 0; end = lines.IndexOf(EndOfLine))
        {
            lines = lines[(end + 2)..];
            if (lines.Length > name.Length && lines[name.Length] == (byte)':' && System.Text.Ascii.EqualsIgnoreCase(lines[..name.Length], name))
            {
                var value = lines[(name.Length + 1)..];
                end = value.IndexOf(EndOfLine);
                return (end < 0 ? value : value[..end]).Trim((byte)' ');
            }
        }

        return [];
    }
}

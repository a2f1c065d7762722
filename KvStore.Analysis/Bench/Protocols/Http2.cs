using System.Buffers.Binary;
using System.Text;

namespace KvStore.Analysis.Bench.Protocols;

/// <summary>The kinds of HTTP/2 frames that matter to a client with one request at a time (RFC 9113, section 6).</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    ResetStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
}

/// <summary>The head of a frame.</summary>
internal readonly record struct Frame(FrameType Type, byte Flags, int Stream, int Length)
{
    public const int HeadBytes = 9;
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;

    /// <summary>Reads one.</summary>
    public static Frame Read(ReadOnlySpan<byte> from) => new(
        (FrameType)from[3], from[4], BinaryPrimitives.ReadInt32BigEndian(from[5..]) & int.MaxValue, (from[0] << 16) | (from[1] << 8) | from[2]);

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32BigEndian(to, Length << 8);
        (to[3], to[4]) = ((byte)Type, Flags);
        BinaryPrimitives.WriteInt32BigEndian(to[5..], Stream);
    }
}

/// <summary>The pieces of HTTP/2 that never change.</summary>
internal static class Http2
{
    /// <summary>The window of a connection and of a stream as they begin.</summary>
    public const int InitialWindowBytes = 65_535;

    private const int InitialWindowSetting = 4;

    /// <summary>What a client says first: its preface, and settings by which no answer is held up for want of a window.</summary>
    public static byte[] Greeting()
    {
        var greeting = new byte[24 + Frame.HeadBytes + 6];
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.CopyTo(greeting);
        new Frame(FrameType.Settings, 0, 0, 6).Write(greeting.AsSpan(24));
        BinaryPrimitives.WriteInt16BigEndian(greeting.AsSpan(24 + Frame.HeadBytes), InitialWindowSetting);
        BinaryPrimitives.WriteInt32BigEndian(greeting.AsSpan(26 + Frame.HeadBytes), int.MaxValue);
        return greeting;
    }

    /// <summary>The headers of a gRPC call, in HPACK without a table of its own (RFC 7541): the same bytes for each call.</summary>
    public static byte[] CallHeaders(string authority, string method)
    {
        const byte PostMethod = 0x83;
        const byte HttpScheme = 0x86;
        return
        [
            PostMethod, HttpScheme,
            0x04, .. Text(method), // :path
            0x01, .. Text(authority), // :authority
            0x0F, 0x10, .. Text("application/grpc"), // content-type
            0x00, .. Text("te"), .. Text("trailers"),
        ];
    }

    private static byte[] Text(string text) => [checked((byte)text.Length), .. Encoding.ASCII.GetBytes(text)];
}

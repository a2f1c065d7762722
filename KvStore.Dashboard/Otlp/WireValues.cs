using System.Buffers.Binary;
using Google.Protobuf;

namespace KvStore.Dashboard.Otlp;

/// <summary>Reads OTLP's ids and times.</summary>
internal static class WireValues
{
    /// <summary>A trace id.</summary>
    /// <returns>0 when it is not 16 bytes, which like 16 zeros is no id.</returns>
    public static UInt128 TraceKey(ByteString id) => id.Length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(id.Span) : 0;

    /// <summary>A span id.</summary>
    /// <returns>0 when it is not 8 bytes, which like 8 zeros is no id.</returns>
    public static ulong SpanKey(ByteString id) => id.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(id.Span) : 0;

    /// <summary>A time, in steps of 100 ns, in UTC. Every number of nanoseconds is within the calendar.</summary>
    public static DateTimeOffset Time(ulong unixNanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(unixNanoseconds / 100));
}

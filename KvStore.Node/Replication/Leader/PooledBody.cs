using System.Buffers;
using Google.Protobuf;
using KvStore.Node.Replication.Wire;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The bytes of a message in a borrowed array, behind room for a frame's header: messages are large, and one after another would
/// fill the heap.
/// </summary>
internal readonly record struct PooledBody(byte[] Array, int Length)
{
    /// <summary>The message.</summary>
    public Memory<byte> Memory => Array.AsMemory(FrameStream.HeaderBytes, Length);

    /// <summary>The message as a frame, whose header <see cref="FrameStream.WriteHeader"/> writes.</summary>
    public Memory<byte> Frame => Array.AsMemory(0, FrameStream.HeaderBytes + Length);

    /// <summary>Borrows an array for a message of a known size.</summary>
    public static PooledBody Rent(int size) => new(ArrayPool<byte>.Shared.Rent(FrameStream.HeaderBytes + size), size);

    /// <summary>Borrows an array and writes a message into it.</summary>
    public static PooledBody Of(IMessage message)
    {
        var body = Rent(message.CalculateSize());
        message.WriteTo(body.Memory.Span);
        return body;
    }

    /// <summary>Gives the array back. Only once nobody can be reading it: after a failed send the connection still may.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(Array);
}

using System.Buffers;
using Google.Protobuf;

namespace KvStore.Node.Replication.Leader;

/// <summary>The bytes of a message in a borrowed array: messages are large, and one after another would fill the heap.</summary>
internal readonly record struct PooledBody(byte[] Array, int Length)
{
    /// <summary>The message.</summary>
    public ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);

    /// <summary>Borrows an array for a message of a known size, and has it written.</summary>
    public static PooledBody Write(int size, Action<CodedOutputStream> write)
    {
        var array = ArrayPool<byte>.Shared.Rent(size);
        using var stream = new MemoryStream(array, 0, size);
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return new PooledBody(array, size);
    }

    /// <summary>Gives the array back. Only once nobody can be reading it: after a failed send the connection still may.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(Array);
}

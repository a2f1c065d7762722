using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using KvStore.Node.Api;

namespace KvStore.Node.Replication.Wire;

/// <summary>
/// A connection that carries frames both ways: the length of a message (32 bits, little-endian), the number that pairs it with
/// its answer (32 bits, little-endian), and the message. Answers may come in any order.
/// </summary>
/// <param name="connection">Bytes both ways.</param>
/// <param name="messageBytesMax">The longest message that is read.</param>
internal sealed class FrameStream(Stream connection, int messageBytesMax)
{
    /// <summary>Bytes ahead of each message.</summary>
    public const int HeaderBytes = 8;

    private readonly PipeReader _reader = PipeReader.Create(connection, new StreamPipeReaderOptions(bufferSize: 16 << 10, leaveOpen: true));
    private readonly Lock _gate = new();
    private Task _lastWrite = Task.CompletedTask;
    private bool _isClosed;

    /// <summary>Writes the header of a frame.</summary>
    /// <param name="frame">Room for the header, then the message.</param>
    /// <param name="number">Pairs the message with its answer.</param>
    public static void WriteHeader(Span<byte> frame, uint number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], number);
    }

    /// <summary>Reads frames until the connection ends.</summary>
    /// <param name="take">Takes a message with its number. What it keeps must not point into the bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">What comes is no frame.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task ReadAsync(Action<uint, ReadOnlySequence<byte>> take, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > SocketThreads.ShortBytesMax)
            {
                await Task.Yield(); // The other sockets of this thread do not wait for it; see SocketThreads.
            }

            var rest = read.Buffer;
            while (TryTake(ref rest, out var number, out var message))
            {
                take(number, message);
            }

            _reader.AdvanceTo(rest.Start, rest.End);
            if (!read.IsCompleted)
            {
                continue;
            }

            if (!rest.IsEmpty)
            {
                throw new IOException("The connection ended in the middle of a message.");
            }

            return;
        }
    }

    /// <summary>Writes a frame, after those that are being written; nothing after <see cref="CloseAsync"/>.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="ObjectDisposedException">The connection was aborted.</exception>
    public Task WriteAsync(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            return _isClosed ? Task.CompletedTask : _lastWrite = WriteAsync(frame, _lastWrite);
        }
    }

    /// <summary>Ends the writing, once what is being written is out. The connection is its owner's to end.</summary>
    public async Task CloseAsync()
    {
        Task lastWrite;
        lock (_gate)
        {
            (_isClosed, lastWrite) = (true, _lastWrite);
        }

        await lastWrite.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Its writer knows.
    }

    /// <summary>Ends the connection, whoever is reading or writing.</summary>
    public void Abort() => connection.Dispose();

    private async Task WriteAsync(ReadOnlyMemory<byte> frame, Task before)
    {
        await before;
        await connection.WriteAsync(frame);
    }

    private bool TryTake(ref ReadOnlySequence<byte> buffer, out uint number, out ReadOnlySequence<byte> message)
    {
        (number, message) = (0, default);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (buffer.Length < HeaderBytes)
        {
            return false;
        }

        buffer.Slice(0, HeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length < 0 || length > messageBytesMax)
        {
            throw new InvalidDataException($"A message of {length} bytes was announced, and the longest has {messageBytesMax}.");
        }

        if (buffer.Length < HeaderBytes + length)
        {
            return false;
        }

        number = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        message = buffer.Slice(HeaderBytes, length);
        buffer = buffer.Slice(HeaderBytes + length);
        return true;
    }
}

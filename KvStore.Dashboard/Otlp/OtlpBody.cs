using System.Buffers;
using System.IO.Compression;

namespace KvStore.Dashboard.Otlp;

/// <summary>The body of a request, read and unzipped up to a limit, in a rented buffer.</summary>
internal sealed class OtlpBody : IDisposable
{
    private const int FirstBufferBytes = 64 << 10;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
    private int _length;

    private OtlpBody()
    {
    }

    /// <summary>What was read; valid until disposed.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads a body to its end.</summary>
    /// <param name="stream">The body as it came.</param>
    /// <param name="gzip">Whether it is zipped.</param>
    /// <param name="bytesMax">How long it may be, and how long it may become.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Null when it is longer.</returns>
    /// <exception cref="InvalidDataException">It is not gzip, or is cut short.</exception>
    /// <exception cref="BadHttpRequestException">It is longer than the server allows, came too slowly, or broke off.</exception>
    public static async Task<OtlpBody?> ReadAsync(Stream stream, bool gzip, int bytesMax, CancellationToken cancellationToken)
    {
        var body = new OtlpBody();
        try
        {
            await using var unzipped = gzip ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
            while (true)
            {
                var read = await (unzipped ?? stream).ReadAsync(body._buffer.AsMemory(body._length), cancellationToken);
                if (read == 0)
                {
                    (var whole, body) = (body, null!);
                    return whole;
                }

                body._length += read;
                if (body._length > bytesMax)
                {
                    return null;
                }

                if (body._length == body._buffer.Length)
                {
                    body.Grow();
                }
            }
        }
        finally
        {
            body?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}

using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace KvStore.Dashboard.Otlp;

/// <summary>gzip for gRPC that stops at a limit: the server's own checks the length of a message only as it came, and unzips without end.</summary>
internal sealed class LimitedGzip : ICompressionProvider
{
    private readonly int _bytesMax;

    /// <summary>Makes the provider.</summary>
    /// <param name="bytesMax">How long an unzipped message may become.</param>
    public LimitedGzip(int bytesMax)
    {
        _bytesMax = bytesMax;
    }

    /// <inheritdoc/>
    public string EncodingName => "gzip";

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) =>
        new LimitedStream(new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true), _bytesMax);

    private sealed class LimitedStream(Stream inner, int bytesMax) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read;
            try
            {
                read = inner.Read(buffer);
            }
            catch (InvalidDataException)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, "The message is not gzip."));
            }

            _read += read;
            return _read <= bytesMax
                ? read
                : throw new RpcException(new Status(StatusCode.ResourceExhausted, $"A message has at most {bytesMax} bytes, unzipped."));
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

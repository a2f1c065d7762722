using System.Buffers;
using System.IO.Pipelines;

namespace KvStore.Node.Api;

/// <summary>Bodies that are read when all of their bytes are there.</summary>
internal static class RequestBody
{
    /// <summary>Waits for the whole body and has it read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="read">Reads the body; what it returns must not point into it.</param>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, Func<ReadOnlySequence<byte>, T> read)
    {
        var pipe = context.Request.BodyReader;
        var part = ReadOnlySequence<byte>.Empty;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await pipe.ReadAsync(CancellationToken.None); // It ends with the connection.
            }
            catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status400BadRequest && !part.IsEmpty && context.Request.ContentLength is not null)
            {
                // The client is gone in the middle of the body. The server takes what is there of it for being read still, would look for the
                // next request all the same, and log that it cannot.
                pipe.AdvanceTo(part.Start, part.End);
                throw;
            }

            part = result.Buffer;
            if (!result.IsCompleted)
            {
                pipe.AdvanceTo(part.Start, part.End);
                continue;
            }

            if (part.Length > SocketThreads.ShortBytesMax)
            {
                await Task.Yield(); // The other sockets of this thread do not wait for it; see SocketThreads.
            }

            try
            {
                return read(part);
            }
            finally
            {
                pipe.AdvanceTo(part.End);
            }
        }
    }
}

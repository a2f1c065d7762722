using System.Buffers;

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
        while (true)
        {
            var result = await pipe.ReadAsync(context.RequestAborted);
            if (!result.IsCompleted)
            {
                pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            if (result.Buffer.Length > SocketThreads.ShortBytesMax)
            {
                await Task.Yield(); // The other sockets of this thread do not wait for it; see SocketThreads.
            }

            try
            {
                return read(result.Buffer);
            }
            finally
            {
                pipe.AdvanceTo(result.Buffer.End);
            }
        }
    }
}

#if FAULT_POINTS
namespace KvStore.Node.Faults;

/// <summary>A stream to a follower that loses, delays, repeats and breaks what is written to it as planned, a message at a time.</summary>
internal sealed class FaultyStream(Stream connection, FaultPlan plan) : Stream
{
    private const int DelayMsMax = 300;

    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (plan.Strikes(FaultPlan.ReplicateCrash))
        {
            throw new InvalidOperationException("A fault was asked for that nobody foresaw.");
        }

        if (plan.Strikes(FaultPlan.ReplicateDelay))
        {
            await Task.Delay(plan.Draw(DelayMsMax), cancellationToken);
        }

        if (plan.Strikes(FaultPlan.ReplicateDrop))
        {
            throw new IOException("The message was lost, as was asked for.");
        }

        if (plan.Strikes(FaultPlan.ReplicatePartial))
        {
            await connection.WriteAsync(buffer[..plan.Draw(buffer.Length)], cancellationToken);
            throw new IOException("The connection broke, as was asked for.");
        }

        await connection.WriteAsync(buffer, cancellationToken);
        if (plan.Strikes(FaultPlan.ReplicateDuplicate))
        {
            await connection.WriteAsync(buffer, cancellationToken);
        }
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await connection.ReadAsync(buffer, cancellationToken);
        return count == 0 || !plan.Strikes(FaultPlan.ReplicateDropAnswer) ? count : throw new IOException("The answer was lost, as was asked for.");
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Flush() => connection.Flush();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }
}
#endif
